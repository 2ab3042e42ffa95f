"""Read-only across everything: the way of the cells both ways, the ledger's own screens, and Today."""
