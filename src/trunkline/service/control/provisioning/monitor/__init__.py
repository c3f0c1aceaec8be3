"""Monitor v1: where alerts go."""
