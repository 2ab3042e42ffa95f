"""Backups, exported keys, the health of an installation, and the archive."""
