"""The bedside: two people check, one starts, everything that happens during an infusion is written down."""
