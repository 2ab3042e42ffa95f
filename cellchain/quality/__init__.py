"""Samples, tests, specifications, results, deviations, and what becomes of a lot."""
