"""Pricing v2: what calls over a trunk cost."""
