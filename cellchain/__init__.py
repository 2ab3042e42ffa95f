"""cellchain follows a cell therapy vein to vein, from a donor's marrow to the one recipient it is for."""

__version__ = "0.1.0"
