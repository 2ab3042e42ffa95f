"""Materials: supplier's lots, equipment with its calibration, locations, and what was used for what."""
