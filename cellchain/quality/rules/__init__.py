"""What may be done with samples, results, deviations and lots, and when not. Pure."""
