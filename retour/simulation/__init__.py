"""What a policy would have done with past orders and cases, side by side with another policy."""
