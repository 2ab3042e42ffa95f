"""The ground: settings, databases and their transactions, column types, sealed cells, logging."""
