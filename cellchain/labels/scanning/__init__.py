"""Scans as they come: what a station's reader needs, the log of raw scans, and taking a scan-back back."""
