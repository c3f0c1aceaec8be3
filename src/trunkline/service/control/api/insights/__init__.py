"""Voice Insights v1."""
