"""Who may speak TLS 1.0 and 1.1, and what a connection of ours asks (row 75; sip.md 5.4)."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.domain_trunk.town import ACCOUNT, PFX, TRUNK, Town
from trunkline.domain.trunk.facts import AccountFacts
from trunkline.domain.trunk.termination.settings import RoutingSettings
from trunkline.kit.ids import AccountSid
from trunkline.platform.sipnet.client_hello import TLS_1_0, TLS_1_1, ClientHello
from trunkline.service.gateway.facts.cached_directory import CachedDirectory
from trunkline.service.gateway.tls.tls_policy import DEADLINE_S, TlsVersionPolicy, TooOld

SWITCHED = replace(ACCOUNT, deprecated_tls=True)
OTHER = AccountFacts(AccountSid("AC2"), deprecated_tls=True)
OURS = "192.0.2.5"
OF_OTHER = "192.0.2.66"


class Runner:
    """Runs a job to its end at once; with `fails` it comes back as a failure."""

    def __init__(self) -> None:
        self.deadlines: list[float] = []
        self.fails = False

    def run(self, work: Coroutine[Any, Any, Any], deadline_s: float, done: Callable[[Any], None]) -> None:
        self.deadlines.append(deadline_s)
        if self.fails:
            work.close()
            done(TimeoutError())
            return
        done(asyncio.run(work))


class Asked:
    """A policy over facts in memory, and what has come of it."""

    def __init__(self, *accounts: AccountFacts) -> None:
        self.runner = Runner()
        self.alarms: list[TooOld] = []
        town = Town(accounts=accounts)
        directory = CachedDirectory(town)
        self.policy = TlsVersionPolicy(
            directory, self.account_of_source, self.runner, RoutingSettings(PFX), self.alarms.append
        )

    async def account_of_source(self, address: str) -> AccountSid | None:
        return {OURS: ACCOUNT.sid, OF_OTHER: OTHER.sid}.get(address)

    def __call__(self, name: str, address: str = "192.0.2.99", version: int = TLS_1_0) -> bool:
        answers: list[bool] = []
        self.policy.ask(ClientHello(name, version), address, answers.append)
        [answer] = answers
        return answer


DOMAIN = f"acme.pstn.{PFX}"


@pytest.mark.parametrize("account", [ACCOUNT, SWITCHED])
@pytest.mark.parametrize("name", [DOMAIN, f"acme.pstn.us1.{PFX}", "acme.pstn.twilio.com", f"acme.pstn.dublin.{PFX}"])
def test_server_name_tells_the_account(account: AccountFacts, name: str) -> None:
    assert Asked(account, OTHER)(name) is account.deprecated_tls


@pytest.mark.parametrize("name", ["", "192.0.2.1", f"nobody.pstn.{PFX}", f"pstn.us1.{PFX}", "example.org"])
def test_without_a_trunk_of_that_name_the_source_tells(name: str) -> None:
    asked = Asked(ACCOUNT, OTHER)
    assert (asked(name, OURS), asked(name, OF_OTHER), asked(name)) == (False, True, False)


def test_server_name_goes_before_the_source() -> None:
    assert not Asked(ACCOUNT, OTHER)(DOMAIN, OF_OTHER)


def test_known_facts_take_no_job() -> None:
    asked = Asked(SWITCHED)
    assert (asked(DOMAIN), asked(DOMAIN)) == (True, True)
    assert asked.runner.deadlines == [DEADLINE_S] == [1.5]


def test_without_facts_nobody_is_let_in_and_nobody_is_accused() -> None:
    asked = Asked(SWITCHED)
    asked.runner.fails = True
    assert not asked(DOMAIN)
    assert asked.alarms == []


def test_the_account_of_a_caller_that_is_too_old_hears_of_it() -> None:
    """32222."""
    asked = Asked(ACCOUNT, OTHER)
    asked(DOMAIN, version=TLS_1_1)
    asked("", OURS)
    asked("", OF_OTHER)
    asked("nobody")
    assert asked.alarms == [
        TooOld(ACCOUNT.sid, TRUNK.sid, f"ClientHello TLS 1.1 from 192.0.2.99 for '{DOMAIN}'"),
        TooOld(ACCOUNT.sid, None, f"ClientHello TLS 1.0 from {OURS} for ''"),
    ]
