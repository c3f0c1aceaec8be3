"""Edges and their legacy ids: row 18, sip.md 2.3."""

import pytest

from trunkline.domain.trunk.edge import edge_of


@pytest.mark.parametrize(
    ("name", "edge"),
    [
        ("ashburn", "ashburn"),
        ("US1", "ashburn"),
        ("us2", "umatilla"),
        ("ie1", "dublin"),
        ("de1", "frankfurt"),
        ("jp1", "tokyo"),
        ("sg1", "singapore"),
        ("au1", "sydney"),
        ("br1", "sao-paulo"),
        ("Sao-Paulo", "sao-paulo"),
        ("roaming", None),
        ("gll", None),
        ("", None),
    ],
)
def test_row_18_edge_by_name_or_legacy_id(name: str, edge: str | None) -> None:
    assert edge_of(name) == edge
