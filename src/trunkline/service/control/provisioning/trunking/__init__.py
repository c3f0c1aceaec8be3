"""Trunking v1: trunks and what belongs to them."""
