"""The catalogue of test methods: each in versions, drafted by one person and approved by another."""
