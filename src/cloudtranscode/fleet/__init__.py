"""Which workers are alive, and whose jobs need a new one."""
