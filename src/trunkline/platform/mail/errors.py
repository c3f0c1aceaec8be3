"""What can go wrong with a mail."""


class Unmailable(Exception):
    """The mail server did not take a mail; the text says why in a few words and holds no address and no login.

    `for_good`: it will not take it later either (RFC 5321, 4.2.1: 5yz for the recipient or the content).
    """

    def __init__(self, reason: str, *, for_good: bool) -> None:
        super().__init__(reason)
        self.for_good = for_good
