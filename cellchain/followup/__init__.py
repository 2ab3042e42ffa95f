"""Follow-up: visits, measurements, adverse events and their reporting clocks, queries and the data lock."""
