"""Monitor v1: what went wrong, and who changed what."""
