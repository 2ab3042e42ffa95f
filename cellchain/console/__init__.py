"""Commands of the command line that need room of their own; `cli.py` lists them."""
