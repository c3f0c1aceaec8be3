"""What can go wrong with a request of ours."""


class Undeliverable(Exception):
    """The request was not taken; the text says why in a few words and holds nothing of the URL."""
