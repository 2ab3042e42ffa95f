"""The agreement that makes an electronic signature count: its text, who accepted it, and what waits."""
