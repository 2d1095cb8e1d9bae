"""What the payment service tells by itself: refunds, refunds made by hand there, and chargebacks."""
