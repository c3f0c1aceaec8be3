"""What can go wrong in the store, by fault."""


class StoreError(Exception):
    """The store cannot be used as it is; the text says why in one line."""


class ForeignStore(StoreError):
    """The store was made with another secret key, or is newer than this program."""


class Unsealable(StoreError):
    """A sealed value that this key and this context do not open."""


class StoreUnavailable(StoreError):
    """The database does not answer now: go on with what is cached, keep what is to be written, try again."""
