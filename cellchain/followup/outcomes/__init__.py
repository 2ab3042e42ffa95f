"""What became of the recipients of a study together: by arm, by visit, and as data to take out."""
