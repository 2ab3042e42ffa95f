"""A deviation as a story: class, what it affects, containment, cause, and when it may be closed."""
