"""Calls from customers: who may call, whom, as whom (sip.md 3)."""
