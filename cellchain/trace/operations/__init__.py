"""How the house itself is: figures for a monitoring system, and a page for administrators."""
