"""A closed review of access, to take away: on paper and as a table."""
