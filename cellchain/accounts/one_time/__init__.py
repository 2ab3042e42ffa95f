"""Codes with which somebody sets their own password: handed over by an administrator, who learns none."""
