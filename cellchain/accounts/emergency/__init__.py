"""A role taken in an emergency: for a short time, by somebody who is known, loudly, and reviewed afterwards."""
