"""Who the stack is, and credentials that stay fresh."""
