"""HTTP: pages, forms, JSON, sessions, access; the only package besides routes that knows of it."""
