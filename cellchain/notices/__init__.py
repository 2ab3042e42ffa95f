"""Telling people: who is told of what was recorded, by the worklist and by mail, and how each mail gets on."""
