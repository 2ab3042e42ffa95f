"""What is fit to be a password: long, and of one's own (NIST SP 800-63B, revision 4)."""
