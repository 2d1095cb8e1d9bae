"""Money that needs a look: refunds made by hand at the payment service, chargebacks."""
