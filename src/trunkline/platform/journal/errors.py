"""What can go wrong with the journal at its start; later faults are values."""


class JournalError(Exception):
    """The journal cannot be opened; the text says why in one line."""


class JournalInUse(JournalError):
    """Another process holds the directory."""
