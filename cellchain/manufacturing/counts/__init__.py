"""Cells counted: by chambers or a counter, once and once more at most, with the counter's own file kept."""
