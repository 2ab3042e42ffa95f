"""Out of specification: a failed test is investigated, concluded, and exceptionally used by five signed acts."""
