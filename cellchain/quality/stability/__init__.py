"""Banks under a stability plan: when vials are pulled, what they showed, and what was missed."""
