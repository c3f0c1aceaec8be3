"""Routes v2: regions of trunks and numbers."""
