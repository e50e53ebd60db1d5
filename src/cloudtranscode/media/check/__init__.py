"""Whether an output is what was promised."""
