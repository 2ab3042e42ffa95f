"""What may be done with a donor and a donation, and when not. Pure."""
