"""What can go wrong with Valkey."""


class ValkeyAway(Exception):
    """It did not answer within the time given, or not with what was asked for."""
