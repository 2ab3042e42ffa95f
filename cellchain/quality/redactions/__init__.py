"""Erasing a personal value that must not be kept: asked for by one of QA, signed by another, the chain left whole."""
