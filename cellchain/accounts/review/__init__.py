"""The periodic review of access: every account a line, each answered by somebody else, closed by QA's signature."""
