"""ISBT 128 at a site that is registered for it: off until an administrator says so, then numbers bound to things."""
