"""Supervised tasks; the only room that creates them."""
