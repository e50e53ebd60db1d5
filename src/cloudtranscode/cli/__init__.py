"""The ct command."""
