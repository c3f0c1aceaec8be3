"""Origination: the order of the hunt. Rows 46-54, 59, 74; sip.md 4.2."""

from collections import Counter
from dataclasses import replace
from ipaddress import ip_address, ip_network
from random import Random

import pytest

from tests.unit.domain_trunk.town import ACCOUNT, CARRIER, OWNED, STRANGER, TRUNK, Town, url
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierSid
from trunkline.domain.trunk.decision import Drop, Reject
from trunkline.domain.trunk.facts import AccountStatus, NumberFacts, NumberSid
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.origination.routing import plan, route_origination, uri_warnings
from trunkline.domain.trunk.origination.uri import UriWarning
from trunkline.kit.ids import TrunkSid

DIALLED = OWNED
CARRIER_IP = ip_address("192.0.2.200")
RINGING_TRUNK = replace(TRUNK, origination_urls=(url("sip:192.0.2.7"),))


def draw(below: int) -> int:
    assert below > 0
    return 0


def hosts(*urls: str, seed: int = 1) -> list[str]:
    found = plan([url(text) for text in urls], DIALLED, Random(seed).randrange)
    return [target.uri.host for target in found]


def test_row_52_lowest_priority_first() -> None:
    urls = [url("sip:c.example", 65535), url("sip:a.example", 0), url("sip:b.example", 1)]
    for seed in range(20):
        found = plan(urls, DIALLED, Random(seed).randrange)
        assert [target.uri.host for target in found] == ["a.example", "b.example", "c.example"]


def test_row_53_weights_share_within_one_priority() -> None:
    urls = [url("sip:a.example", 5, 60), url("sip:b.example", 5, 20), url("sip:c.example", 5, 20)]
    urls.append(url("sip:d.example", 9, 65535))
    random = Random(7)
    orders = [[target.uri.host for target in plan(urls, DIALLED, random.randrange)] for _ in range(10_000)]
    firsts = Counter(order[0] for order in orders)
    assert abs(firsts["a.example"] - 6_000) < 260  # five standard deviations
    after_a = Counter(order[1] for order in orders if order[0] == "a.example")
    assert abs(after_a["b.example"] - after_a.total() / 2) < 210
    assert {order[3] for order in orders} == {"d.example"}


def test_row_53_weight_zero_is_the_last_of_its_priority_only() -> None:
    urls = [url("sip:z.example", 1, 0), url("sip:a.example", 1, 1), url("sip:b.example", 2, 1)]
    for seed in range(20):
        found = plan(urls, DIALLED, Random(seed).randrange)
        assert [target.uri.host for target in found] == ["a.example", "z.example", "b.example"]


def test_row_54_disabled_uri_is_never_used() -> None:
    urls = [url("sip:a.example", enabled=False), url("sip:b.example", 20)]
    assert [target.uri.host for target in plan(urls, DIALLED, draw)] == ["b.example"]


def test_uri_that_cannot_be_called_takes_no_part() -> None:
    assert hosts("sip:bad host", "http://x.example", "sip:good.example") == ["good.example"]


def test_row_51_ten_uris_all_take_part_once() -> None:
    names = [f"h{n}.example" for n in range(10)]
    assert sorted(hosts(*(f"sip:{name}" for name in names))) == names


@pytest.mark.parametrize(("text", "user"), [("sip:h.example", DIALLED), ("sip:desk@h.example", "desk")])
def test_row_46_dialled_number_is_filled_in_unless_a_user_is_given(text: str, user: str) -> None:
    (target,) = plan([url(text, sid="OU1")], DIALLED, draw)
    assert target.user == user
    assert target.request_uri == f"sip:{user}@h.example"
    assert target.url_sid == "OU1"


@pytest.mark.parametrize("text", ["sip:h.example", "sip:h.example;transport=tcp", "sip:h.example;transport=udp"])
def test_row_74_secure_trunk_always_uses_tls(text: str) -> None:
    (target,) = plan([url(text)], DIALLED, draw, secure=True)
    assert target.transport is Transport.TLS
    assert target.request_uri == f"sip:{DIALLED}@h.example;transport=tls"


async def test_call_from_a_carrier_to_a_number_is_planned() -> None:
    town = Town(trunks=(RINGING_TRUNK,))
    for user in (DIALLED, DIALLED[1:]):
        assert await route_origination(user, CARRIER_IP, town, draw) == OriginationPlan(
            trunk=RINGING_TRUNK,
            account=ACCOUNT,
            carrier=CARRIER,
            number_sid=NumberSid("PN1"),
            dialled=DIALLED,
            targets=plan(RINGING_TRUNK.origination_urls, DIALLED, draw),
        )


async def test_secure_trunk_is_planned_secure() -> None:
    decision = await route_origination(DIALLED, CARRIER_IP, Town(trunks=(replace(RINGING_TRUNK, secure=True),)), draw)
    assert isinstance(decision, OriginationPlan)
    assert decision.targets[0].transport is Transport.TLS


async def test_call_from_elsewhere_is_dropped() -> None:
    decision = await route_origination(DIALLED, ip_address("192.0.2.9"), Town(trunks=(RINGING_TRUNK,)), draw)
    assert decision == Drop("unknown_source")


async def test_shared_source_is_recorded_with_the_lowest_priority() -> None:
    better = replace(CARRIER, sid=CarrierSid("CY2"), priority=1, source_networks=(ip_network("192.0.2.0/24"),))
    decision = await route_origination(
        DIALLED, CARRIER_IP, Town((RINGING_TRUNK,), carrier_list=(CARRIER, better)), draw
    )
    assert isinstance(decision, OriginationPlan)
    assert decision.carrier == better


NUMBER = NumberFacts(DIALLED, NumberSid("PN1"), ACCOUNT.sid, TRUNK.sid)
NO_URI = replace(TRUNK, origination_urls=(url("sip:a.example", enabled=False), url("sip:bad host")))


@pytest.mark.parametrize(
    ("user", "town", "name", "status", "recorded"),
    [
        (STRANGER, Town(), "number_unknown", 404, False),
        ("bob", Town(), "number_unknown", 404, False),
        (None, Town(), "number_unknown", 404, False),
        (DIALLED, Town(numbers=(replace(NUMBER, account_sid=None),)), "number_unknown", 404, False),
        (DIALLED, Town(accounts=()), "facts_unavailable", 503, False),
        (
            DIALLED,
            Town(accounts=(replace(ACCOUNT, status=AccountStatus.SUSPENDED),)),
            "account_not_active",
            603,
            True,
        ),
        (DIALLED, Town(numbers=(replace(NUMBER, trunk_sid=None),)), "number_without_trunk", 404, True),
        (DIALLED, Town(numbers=(replace(NUMBER, trunk_sid=TrunkSid("TK9")),)), "number_without_trunk", 404, True),
    ],
)
async def test_refusals_of_a_carriers_call(
    user: str | None, town: Town, name: str, status: int, recorded: bool
) -> None:
    decision = await route_origination(user, CARRIER_IP, town, draw)
    assert isinstance(decision, Reject)
    assert (decision.cause.name, decision.cause.sip_status, decision.recorded) == (name, status, recorded)
    assert decision.carrier == CARRIER


@pytest.mark.parametrize(
    ("town", "warnings"), [(Town(), ()), (Town(trunks=(NO_URI,)), (UriWarning(32110, "sip:bad host"),))]
)
async def test_row_59_without_a_usable_uri_the_plan_has_no_target(town: Town, warnings: tuple[UriWarning, ...]) -> None:
    """The hunt then ends at once, by 32010 or by disaster recovery."""
    decision = await route_origination(DIALLED, CARRIER_IP, town, draw)
    assert isinstance(decision, OriginationPlan)
    assert (decision.targets, decision.warnings) == ((), warnings)


def test_row_50_each_fault_of_an_enabled_uri_is_a_warning_once() -> None:
    faulty = "sip:h.example;x=1;y=2?Foo=1&X-A=%01&X-Twilio-B=2&X-C=3"
    found = uri_warnings([url("sip:good.example"), url(faulty), url("sip:off host", enabled=False), url("tel:+1")])
    codes = [32114, 32111, 32112, 32113]
    assert found == (*(UriWarning(code, faulty) for code in codes), UriWarning(32110, "tel:+1"))
