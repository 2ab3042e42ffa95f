"""Pure code systems: identifiers, check characters and what a scanner sends. No tables, no clock, no web."""
