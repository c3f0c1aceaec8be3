"""PURE: what a trunk call is, and what the product decides about it."""
