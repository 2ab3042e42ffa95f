"""Somebody changes what they do here in one act, and somebody leaves."""
