"""Domain names of trunks: rows 9, 11, 17, 18 and decision 11."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.domain.trunk.domain_name import (
    TrunkHost,
    canonical_domain,
    is_platform_host,
    new_domain,
    parent_domain,
    trunk_host,
)

PFX = "trunkline.example"

# sip.md 2.3, transcribed.
EDGES = [
    ("ashburn", "us1"),
    ("umatilla", "us2"),
    ("dublin", "ie1"),
    ("frankfurt", "de1"),
    ("tokyo", "jp1"),
    ("singapore", "sg1"),
    ("sydney", "au1"),
    ("sao-paulo", "br1"),
]


@pytest.mark.parametrize("ending", [PFX, "twilio.com"])
@pytest.mark.parametrize(("edge", "legacy_id"), EDGES)
def test_rows_17_18_all_forms_of_a_host_mean_the_same_domain(edge: str, legacy_id: str, ending: str) -> None:
    domain = f"acme.pstn.{PFX}"
    assert trunk_host(f"acme.pstn.{ending}", PFX) == TrunkHost(domain, None)
    assert trunk_host(f"acme.pstn.{edge}.{ending}", PFX) == TrunkHost(domain, edge)
    assert trunk_host(f"acme.pstn.{legacy_id}.{ending}", PFX) == TrunkHost(domain, edge)
    assert trunk_host(f"Acme.PSTN.{edge.upper()}.{ending.title()}.", PFX) == TrunkHost(domain, edge)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        PFX,
        f"pstn.{PFX}",
        f"pstn.ashburn.{PFX}",
        f"acme.{PFX}",
        f"acme.sip.{PFX}",
        f"acme.pstn.roaming.{PFX}",
        f"acme.pstn.gll.{PFX}",
        f"acme.pstn.mars.{PFX}",
        f"acme.pstn.ashburn.dublin.{PFX}",
        f"acme.pstn.not{PFX}",
        "acme.pstn.example.com",
        "192.0.2.1",
        "[2001:db8::1]",
    ],
)
def test_row_20_other_hosts_are_no_trunk(host: str) -> None:
    assert trunk_host(host, PFX) is None
    assert canonical_domain(host, PFX) is None


def test_decision_11_alias_can_be_switched_off() -> None:
    assert canonical_domain("acme.pstn.twilio.com", PFX) == f"acme.pstn.{PFX}"
    assert canonical_domain("acme.pstn.twilio.com", PFX, alias=False) is None
    assert new_domain("acme.pstn.twilio.com", PFX) == f"acme.pstn.{PFX}"
    assert new_domain("acme.pstn.twilio.com", PFX, alias=False) is None


def test_row_11_sub_domain_names_its_parent() -> None:
    assert parent_domain(f"a.b.pstn.{PFX}", PFX) == f"b.pstn.{PFX}"
    assert parent_domain(f"a.b.c.pstn.{PFX}", PFX) == f"b.c.pstn.{PFX}"
    assert parent_domain(f"b.pstn.{PFX}", PFX) is None
    assert canonical_domain(f"a.b.pstn.dublin.{PFX}", PFX) == f"a.b.pstn.{PFX}"


@pytest.mark.parametrize("name", ["acme", "Acme-2", "a", "0", "a.b", "x" * 63, "a-b.c-d"])
def test_row_9_valid_names_are_stored_in_lower_case(name: str) -> None:
    assert new_domain(f"{name}.pstn.{PFX}", PFX) == f"{name.lower()}.pstn.{PFX}"
    assert new_domain(f"{name}.PSTN.{PFX.upper()}", PFX) == f"{name.lower()}.pstn.{PFX}"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-a",
        "a-",
        "a_b",
        "a b",
        "a..b",
        ".a",
        "a\n",
        "ä",
        "\N{KELVIN SIGN}",
        "a/b",
        "x" * 64,
        "AC" + "0" * 32,
        "x.AC" + "a" * 32,
        "pstn",
        "a.pstn",
        "a.pstn.b",
        ".".join(["y" * 60] * 4),
    ],
)
def test_row_9_names_that_break_the_rule(name: str) -> None:
    assert new_domain(f"{name}.pstn.{PFX}", PFX) is None


@pytest.mark.parametrize(
    "text",
    [
        "acme",
        f"acme.{PFX}",
        f"acme.pstn.ashburn.{PFX}",
        f"acme.pstn.us1.{PFX}",
        "acme.pstn.example.com",
        f"acme.pstn.{PFX}.",
        f"pstn.{PFX}",
    ],
)
def test_row_9_names_with_another_ending(text: str) -> None:
    assert new_domain(text, PFX) is None


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        (PFX, True),
        (f"x.{PFX.upper()}.", True),
        (f"x{PFX}", False),
        ("twilio.com", True),
        ("a.sip.twilio.com", True),
        ("192.0.2.1", False),
    ],
)
def test_row_37_platform_hosts_are_known(host: str, ours: bool) -> None:
    assert is_platform_host(host, PFX) is ours


def test_alias_hosts_are_not_ours_when_the_alias_is_off() -> None:
    assert not is_platform_host("acme.pstn.twilio.com", PFX, alias=False)


PIECES = st.sampled_from(["a", "B-1", ".", "pstn", ".pstn.", "ashburn", "us1", PFX, "twilio.com", "-", "", "\n", "ä"])


@given(st.lists(PIECES, max_size=10).map("".join))
def test_a_name_that_may_be_stored_reaches_itself_by_every_form(text: str) -> None:
    domain = new_domain(text, PFX)
    if domain is None:
        return
    assert domain == domain.lower()
    assert new_domain(domain, PFX) == domain
    assert canonical_domain(domain, PFX) == canonical_domain(text, PFX) == domain
    for edge, _ in EDGES:
        localised = f"{domain.removesuffix('.' + PFX)}.{edge}.{PFX}"
        assert trunk_host(localised, PFX) == TrunkHost(domain, edge)
