"""What left a container and went into no other, and whether what is found agrees with what the record says."""
