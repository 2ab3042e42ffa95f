"""Where everything is, in whose hands it was, and how warm it was on the way."""
