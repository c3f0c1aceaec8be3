"""Requests to customers' addresses: signed, guarded, bounded."""
