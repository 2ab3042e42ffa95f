"""The sampling points of a step: which samples were taken there, and which were left out, and why."""
