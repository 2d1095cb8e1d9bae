"""What the shopper's photos can and cannot show."""
