"""What proves a person beside the password: codes of a phone, codes on paper for when it is lost, and passkeys."""
