"""Records of destruction: what was destroyed, how, where, how much, by whom and before whom."""
