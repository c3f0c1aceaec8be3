"""Calls to customers: a trunk's URIs, their order, redirects, the INVITE they get (sip.md 4)."""
