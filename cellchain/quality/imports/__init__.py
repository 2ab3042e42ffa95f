"""Results out of a file: what would be recorded, recorded whole or not at all, and the file kept as it came."""
