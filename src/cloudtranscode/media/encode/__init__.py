"""A plan as argv lists."""
