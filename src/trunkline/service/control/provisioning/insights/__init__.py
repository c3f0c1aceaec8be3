"""Voice Insights v1: what a customer says of calls."""
