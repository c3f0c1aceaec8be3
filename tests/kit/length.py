"""How often tests of many runs try: a fifth of the times in the quick tests, all with `--hypothesis-profile=long`."""

from hypothesis import settings

PROFILES = {"quick": 20, "long": 100}
"""Examples of a property that says nothing else, by profile."""


def runs(whole: int) -> int:
    """How many of `whole` seeds, examples or calls this run has time for."""
    return whole * settings().max_examples // PROFILES["long"]
