"""People who sign in at the hospital's directory (OpenID Connect), and the PIN that they sign with here."""
