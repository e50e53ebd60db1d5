"""Pictures: what is asked for, what a source makes of it, and the jailed program that does it with libvips."""
