"""Telephone numbers: their form, country and risk, which of them are blocked, which are for sale."""
