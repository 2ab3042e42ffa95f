"""The mark of a qualified person: whoever bears it may certify a lot finally (EU GMP Annex 16)."""
