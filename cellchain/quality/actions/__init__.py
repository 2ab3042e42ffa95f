"""Corrective and preventive actions: owned, due, done with evidence, and looked at again to see whether they helped."""
