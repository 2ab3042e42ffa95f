"""Recalls, exercises of a recall, late positives, and who was told of them."""
