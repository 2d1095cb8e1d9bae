"""After the case: how it was for the shopper, and what that says about products and suppliers."""
