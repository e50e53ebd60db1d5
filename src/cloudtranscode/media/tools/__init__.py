"""Starting programs on media that nobody trusts."""
