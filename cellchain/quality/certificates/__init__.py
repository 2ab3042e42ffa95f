"""The certificates that this house issued: number, lot and SHA-256 of each file, in the ledger."""
