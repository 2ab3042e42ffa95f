"""What everything stands on: errors, clock, texts, lifecycles, canonical JSON. Standard library only."""
