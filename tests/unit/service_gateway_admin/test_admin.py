"""The admin socket's verbs: what `/operator/v1/Bans` and `/operator/v1/Gateways` are made of."""

import json
from typing import Any

from tests.kit.facts import Facts
from tests.kit.platform import Platform, wall_of
from tests.kit.world import World
from trunkline.domain.trunk.ban import UNKNOWN, BanReason
from trunkline.service.gateway.admin.admin import Admin


class Desk:
    """An admin socket without the socket."""

    def __init__(self) -> None:
        self.world = World()
        self.platform = platform = Platform(self.world, Facts())
        self.admin = Admin(
            platform.switch,
            platform.calls,
            platform.doorkeeper,
            platform.watch,
            lambda: self.world.now,
            wall_of,
            platform.pump,
            dict,
            about={"edge": "ashburn", "version": "1.2.3"},
        )

    def ask(self, **question: str) -> dict[str, Any]:
        return self.admin.answer(json.dumps(question).encode())


def test_bans_are_listed_with_their_times_until_they_are_over() -> None:
    desk = Desk()
    assert desk.ask(verb="bans") == {"bans": [], "total": 0}
    desk.platform.bans.ban("192.0.2.66", UNKNOWN, BanReason.AUTHENTICATION, desk.world.now)
    answer = desk.ask(verb="bans")
    assert answer["total"] == 1
    (ban,) = answer["bans"]
    assert (ban["source"], ban["subject"], ban["reason"], ban["dropped"]) == (
        "192.0.2.66",
        "unknown",
        "authentication",
        0,
    )
    begun = wall_of(desk.world.now)
    assert ban["began_at"] == begun.isoformat()
    assert ban["ends_at"] > ban["began_at"]
    desk.world.run(600.0)
    assert desk.ask(verb="bans") == {"bans": [], "total": 0}


def test_a_source_is_freed_of_all_its_bans_at_once() -> None:
    desk = Desk()
    for subject in (UNKNOWN, "acme.pstn.trunkline.example"):
        desk.platform.bans.ban("192.0.2.66", subject, BanReason.AUTHENTICATION, desk.world.now)
    assert desk.ask(verb="unban", source="192.0.2.67") == {"lifted": 0}
    assert desk.ask(verb="unban", source="192.0.2.66") == {"lifted": 2}
    assert desk.ask(verb="bans")["total"] == 0


def test_a_gateway_says_what_it_is_and_whether_it_drains() -> None:
    desk = Desk()
    at_rest = desk.ask(verb="state")
    assert (at_rest["edge"], at_rest["version"], at_rest["draining"]) == ("ashburn", "1.2.3", False)
    assert desk.ask(verb="drain") == {**at_rest, "draining": True}
    assert desk.ask(verb="undrain") == at_rest
