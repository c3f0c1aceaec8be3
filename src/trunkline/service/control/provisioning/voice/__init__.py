"""Voice v1: dialing permissions."""
