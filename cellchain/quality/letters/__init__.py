"""The letters of a recall: which were sent, to whom and how, and that the authority was told."""
