"""Errors of the record room."""


class MalformedRecord(ValueError):
    """A stored record does not read: another version, a missing field, or a field of another type."""
