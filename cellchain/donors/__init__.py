"""Donors: who gives, with what consent, how screened, found eligible by whom, and what was harvested."""
