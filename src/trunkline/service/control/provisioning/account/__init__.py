"""API 2010: accounts and what they own: access lists, addresses, numbers, caller IDs, calls."""
