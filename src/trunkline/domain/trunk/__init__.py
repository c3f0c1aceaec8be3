"""Trunks: the facts of their accounts, and what both directions of a call share."""
