"""The hospital's own wristband: bound to a recipient by two people, then it identifies as the study's does."""
