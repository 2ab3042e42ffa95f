"""Master record and batch record, containers and where their cells came from, counts, the cell bank, suspension."""
