"""What the pages of quality show beside the facts."""
