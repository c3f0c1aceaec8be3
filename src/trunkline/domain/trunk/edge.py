"""The eight edges of the platform and their legacy ids (sip.md 2.3)."""

from typing import Final

LEGACY_IDS: Final[dict[str, str]] = {
    "ashburn": "us1",
    "umatilla": "us2",
    "dublin": "ie1",
    "frankfurt": "de1",
    "tokyo": "jp1",
    "singapore": "sg1",
    "sydney": "au1",
    "sao-paulo": "br1",
}
"""Legacy id by edge. `roaming` is no edge for trunking."""

_EDGES: Final[dict[str, str]] = {
    **{edge: edge for edge in LEGACY_IDS},
    **{legacy_id: edge for edge, legacy_id in LEGACY_IDS.items()},
}


def edge_of(name: str) -> str | None:
    """The edge that a name or a legacy id means, in any case of letters; None if there is no such edge."""
    return _EDGES.get(name.lower())
