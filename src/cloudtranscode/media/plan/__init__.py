"""The decision: what is made of a source."""
