"""Change control: asked for, classified, approved by two signatures, made, looked at again, closed."""
