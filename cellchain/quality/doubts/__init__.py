"""Lots of the same bank or passage whose final test failed or is overdue, and what QA decided about that."""
