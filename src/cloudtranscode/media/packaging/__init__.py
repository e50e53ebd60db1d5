"""From encoded renditions to what is delivered."""
