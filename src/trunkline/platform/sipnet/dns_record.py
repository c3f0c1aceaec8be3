"""The records that RFC 3263 needs, as plain values, and the order of SRV records (RFC 2782)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

Draw = Callable[[int], int]
"""A uniform integer in [0, below)."""


class RecordType(Enum):
    A = "A"
    AAAA = "AAAA"
    SRV = "SRV"
    NAPTR = "NAPTR"


@dataclass(frozen=True, slots=True)
class Service:
    """One SRV record; `target` without the final dot, "" for a service that is decidedly not offered."""

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """One NAPTR record; flags and service in upper case."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


Record = str | Service | Pointer
"""Addresses are their text."""


def in_order(services: Iterable[Service], draw: Draw) -> list[Service]:
    """Lowest priority first, within one by weight and chance (RFC 2782)."""
    ordered: list[Service] = []
    by_priority: dict[int, list[Service]] = {}
    for service in services:
        by_priority.setdefault(service.priority, []).append(service)
    for priority in sorted(by_priority):
        # Weights of 0 stand first, so that they still have a small chance.
        left = sorted(by_priority[priority], key=lambda service: service.weight)
        while left:
            ordered.append(left.pop(_drawn(left, draw)))
    return ordered


def _drawn(left: list[Service], draw: Draw) -> int:
    mark = draw(sum(service.weight for service in left) + 1)
    for at, service in enumerate(left):
        mark -= service.weight
        if mark <= 0:
            return at
    return len(left) - 1


def shuffled(addresses: Iterable[str], draw: Draw) -> list[str]:
    """Addresses of one name in random order: a cached answer must not send everybody to the same one."""
    rest = list(addresses)
    return [rest.pop(draw(len(rest))) for _ in range(len(rest))]
