"""Keeping what must not be lost: backups, exported keys, the health of an installation, and an archive for decades."""
