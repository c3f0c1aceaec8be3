"""API 2010: accounts, SIP access lists, numbers, caller IDs, calls."""
