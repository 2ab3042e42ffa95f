"""The ledger and its runner: the only way anything changes, and the proof of what did."""
