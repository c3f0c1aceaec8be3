"""Tariffs -> money: what a call, a look-up or a number costs the customer, and what it costs the operator."""
