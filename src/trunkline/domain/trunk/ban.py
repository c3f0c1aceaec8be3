"""Who is not listened to for a while: bans by (source address, what was attacked), design decision 19; row 28.

Counting and deciding are apart: `failed`, `challenged` and `pinged` say that a source is over the line, and whoever
asked knows whether it is exempt (a carrier, an address of the trunk's access list) before it calls `ban`. Every table
is bounded; the least recently used entry goes.
"""

from collections import OrderedDict
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

from trunkline.kit.instant import Instant, later

CAPACITY: Final = 10_000
UNKNOWN: Final = "unknown"
"""Stands for every domain that no trunk has."""
PINGS: Final = "OPTIONS"
"""Stands for OPTIONS requests out of dialog, whatever their domain."""
_LOOK_EVERY_S: Final = 1.0


class BanReason(StrEnum):
    AUTHENTICATION = "authentication"
    """Too many failed authentications."""
    FLOOD = "flood"
    """Too many challenges that nobody answered."""
    OPTIONS = "options"
    """More OPTIONS than a keep-alive needs."""


@dataclass(frozen=True, slots=True)
class BanRule:
    """When a source is over the line, and for how long it is ignored then; 0 seconds switch a ban off."""

    failures: int = 10
    window_s: float = 60.0
    ban_s: float = 600.0
    unanswered: int = 500
    """Challenges without credentials to follow: a customer who begins 1,000 calls a second has one or two hundred open.
    """
    unanswered_window_s: float = 10.0
    options_interval_s: float = 10.0
    """OPTIONS may come this often on and on (sip.md 9.1); 0 = as often as they like."""
    options_burst: int = 12
    """Above that, for restarts and for several phones behind one address."""
    options_ban_s: float = 600.0


@final
class Ban:
    """One source that is ignored as far as `subject` goes: a trunk's domain, UNKNOWN or PINGS."""

    __slots__ = ("_look_at", "began_at", "dropped", "ends_at", "reason", "source", "subject")

    def __init__(self, source: str, subject: str, reason: BanReason, now: Instant, ends_at: Instant) -> None:
        self.source = source
        self.subject = subject
        self.reason = reason
        self.began_at = now
        self.ends_at = ends_at
        self.dropped = 0
        """Requests that met with silence."""
        self._look_at = now

    def may_look(self, now: Instant) -> bool:
        """Whether a name may be looked up for a source under a ban for probing: once a second."""
        if now < self._look_at:
            return False
        self._look_at = later(now, _LOOK_EVERY_S)
        return True


@final
class BanBook:
    """The bans of one gateway, and what leads to them."""

    __slots__ = ("_bans", "_capacity", "_failures", "_of_source", "_pings", "_unanswered", "begun", "rule")

    def __init__(self, rule: BanRule = BanRule(), capacity: int = CAPACITY) -> None:
        self.rule = rule
        self.begun = 0
        """Bans since the start."""
        self._capacity = capacity
        self._failures: OrderedDict[tuple[str, str], list[Instant]] = OrderedDict()
        self._unanswered: OrderedDict[tuple[str, str], tuple[Instant, int]] = OrderedDict()
        self._pings: OrderedDict[str, tuple[Instant, float]] = OrderedDict()
        self._bans: OrderedDict[tuple[str, str], Ban] = OrderedDict()
        self._of_source: dict[str, int] = {}

    def __len__(self) -> int:
        """Bans in the book, some of them over."""
        return len(self._bans)

    @property
    def suspects(self) -> Container[str]:
        """The sources that have a ban, or had one until lately: all others need not be looked at."""
        return self._of_source

    # ---- counting

    def failed(self, source: str, subject: str, now: Instant) -> bool:
        """An authentication failed there; True when that is one too many."""
        rule, key = self.rule, (source, subject)
        if not rule.ban_s:
            return False
        window = [at for at in self._failures.pop(key, ()) if now - at < rule.window_s]
        window.append(now)
        if len(window) >= rule.failures:
            return True
        self._failures[key] = window
        if len(self._failures) > self._capacity:
            self._failures.popitem(last=False)
        return False

    def challenged(self, source: str, domain: str, now: Instant) -> bool:
        """A challenge went there; True when too many of them are unanswered."""
        rule, key = self.rule, (source, domain)
        if not rule.ban_s:
            return False
        since, count = self._unanswered.pop(key, (now, 0))
        if now - since >= rule.unanswered_window_s:
            since, count = now, 0
        if count + 1 >= rule.unanswered:
            return True
        self._unanswered[key] = (since, count + 1)
        if len(self._unanswered) > self._capacity:
            self._unanswered.popitem(last=False)
        return False

    def proved(self, source: str, domain: str) -> None:
        """A challenge was answered with the right credentials."""
        open_ = self._unanswered.get((source, domain))
        if open_ is not None and open_[1]:
            self._unanswered[source, domain] = (open_[0], open_[1] - 1)

    def pinged(self, source: str, now: Instant) -> bool:
        """An OPTIONS out of dialog came from there; True when it comes too often."""
        rule = self.rule
        if not rule.options_interval_s or not rule.options_ban_s:
            return False
        at, held = self._pings.pop(source, (now, float(rule.options_burst)))
        tokens = min(float(rule.options_burst), held + (now - at) / rule.options_interval_s)
        if tokens < 1.0:
            return True
        self._pings[source] = (now, tokens - 1.0)
        if len(self._pings) > self._capacity:
            self._pings.popitem(last=False)
        return False

    # ---- bans

    def ban(self, source: str, subject: str, reason: BanReason, now: Instant) -> Ban:
        """From now on `holds`; a ban that stands already begins again."""
        seconds = self.rule.options_ban_s if reason is BanReason.OPTIONS else self.rule.ban_s
        self._forget((source, subject))
        ban = Ban(source, subject, reason, now, later(now, seconds))
        self._bans[source, subject] = ban
        self._of_source[source] = self._of_source.get(source, 0) + 1
        self.begun += 1
        while self._bans:
            key, oldest = next(iter(self._bans.items()))
            if now < oldest.ends_at and len(self._bans) <= self._capacity:
                break
            self._forget(key)
        return ban

    def take_back(self, ban: Ban) -> None:
        """It was for somebody exempt; a ban that has been lifted or begun again meanwhile is another one."""
        if self._bans.get((ban.source, ban.subject)) is ban:
            self._forget((ban.source, ban.subject))
            self.begun -= 1

    def of(self, source: str, subject: str, now: Instant) -> Ban | None:
        """The ban that holds for a source and a subject."""
        key = (source, subject)
        ban = self._bans.get(key)
        if ban is not None and now >= ban.ends_at:
            self._forget(key)
            return None
        if ban is not None:
            self._bans.move_to_end(key)
        return ban

    def lift(self, source: str) -> int:
        """Listen to a source again; how many bans it had. What it has failed before is forgotten as well."""
        keys = [key for key in self._bans if key[0] == source]
        for key in keys:
            self._forget(key)
            self._failures.pop(key, None)
            self._unanswered.pop(key, None)
        self._pings.pop(source, None)
        return len(keys)

    def listed(self, now: Instant) -> list[Ban]:
        """All that hold, the least recently used first."""
        for key in [key for key, ban in self._bans.items() if now >= ban.ends_at]:
            self._forget(key)
        return list(self._bans.values())

    def _forget(self, key: tuple[str, str]) -> None:
        if self._bans.pop(key, None) is None:
            return
        left = self._of_source[key[0]] - 1
        if left:
            self._of_source[key[0]] = left
        else:
            del self._of_source[key[0]]
