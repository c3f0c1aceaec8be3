"""What can be wrong with an ng datagram."""


class MalformedNg(ValueError):
    """The peer sent something that is not ng; the text names the fault and carries no content."""
