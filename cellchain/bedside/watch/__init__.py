"""Bags that a ward took over and nobody has verified: ward, laboratory and QA are told, one after the other."""
