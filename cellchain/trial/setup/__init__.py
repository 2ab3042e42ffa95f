"""Setting a study up: versions and amendments, sites, the screening log, and what proves the list."""
