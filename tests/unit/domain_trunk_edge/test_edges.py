"""Edges and their legacy ids: row 18, sip.md 2.3."""

import pytest

from trunkline.domain.trunk.edge.edges import EdgeGateway, Edges, edge_of


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


HERE = EdgeGateway("ashburn", "192.0.2.1", 5060)
THERE = (EdgeGateway("dublin", "192.0.2.2", 5060), EdgeGateway("dublin", "192.0.2.3", 5070))


@pytest.mark.parametrize(
    ("named", "leaves_by"),
    [
        ("dublin", "dublin"),
        ("ashburn", None),
        (None, None),
        ("tokyo", None),  # nobody stands there
    ],
)
def test_row_49_a_call_leaves_by_the_edge_named_else_by_its_own(named: str | None, leaves_by: str | None) -> None:
    assert Edges("ashburn", (HERE, *THERE)).away(named) == leaves_by


def test_an_edge_has_its_gateways_in_their_order() -> None:
    edges = Edges("ashburn", (THERE[0], HERE, THERE[1]))
    assert edges.gateways_of("dublin") == THERE
    assert edges.gateways_of("tokyo") == ()
    assert edges.own == "ashburn"
