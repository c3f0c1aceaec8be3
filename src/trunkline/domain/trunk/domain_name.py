"""Domain names of trunks: stored form, forms that reach them, and the rule for new ones (sip.md 2.1, 2.2).

`suffix` is the platform's own DNS suffix `{PFX}` in lower case. The stored form is `{name}.pstn.{PFX}`, lower case.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from trunkline.domain.trunk.edge.edges import edge_of

ALIAS_SUFFIX: Final = "twilio.com"
"""Names under `.pstn.twilio.com` mean the same under `.pstn.{PFX}` (design, decision 11)."""

_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z", re.ASCII)
_ACCOUNT_SID: Final = re.compile(r"ac[0-9a-f]{32}\Z", re.ASCII)
_LONGEST: Final = 253
"""RFC 1035 section 2.3.4, less the length octets."""


@dataclass(frozen=True, slots=True)
class TrunkHost:
    """What an R-URI host says: the trunk's domain in stored form, and the edge if the host named one."""

    domain: str
    edge: str | None


def _name_part(host: str, suffix: str, alias: bool) -> tuple[str, str | None] | None:
    """Split `{name}.pstn[.{edge}].{PFX}` into name and edge; None for any other shape."""
    for ending in (suffix, ALIAS_SUFFIX) if alias else (suffix,):
        if not host.endswith("." + ending):
            continue
        labels = host[: -len(ending) - 1].split(".")
        if len(labels) >= 2 and labels[-1] == "pstn":
            return ".".join(labels[:-1]), None
        if len(labels) >= 3 and labels[-2] == "pstn":
            edge = edge_of(labels[-1])
            if edge is not None:
                return ".".join(labels[:-2]), edge
    return None


def trunk_host(host: str, suffix: str, *, alias: bool = True) -> TrunkHost | None:
    """Read an R-URI host (features rows 17-18), in any case, with or without the final dot of DNS.

    None if it cannot be a trunk's domain at all; `pstn.{edge}.{PFX}` without a name is none either.
    """
    return _trunk_host(host, suffix, alias) if len(host) <= _LONGEST + 1 else None


@lru_cache(4096)
def _trunk_host(host: str, suffix: str, alias: bool) -> TrunkHost | None:
    """Cached because each INVITE asks twice, and a customer's INVITEs name one host."""
    found = _name_part(host.lower().removesuffix("."), suffix, alias)
    return None if found is None else TrunkHost(f"{found[0]}.pstn.{suffix}", found[1])


def canonical_domain(host: str, suffix: str, *, alias: bool = True) -> str | None:
    """The stored form of a trunk host, or None; see `trunk_host`."""
    found = trunk_host(host, suffix, alias=alias)
    return None if found is None else found.domain


def parent_domain(domain: str, suffix: str) -> str | None:
    """The stored domain that must exist before this one (row 11): `b.pstn.{PFX}` before `a.b.pstn.{PFX}`; else None."""
    name = domain.removesuffix(f".pstn.{suffix}")
    _, dot, rest = name.partition(".")
    return f"{rest}.pstn.{suffix}" if dot else None


def new_domain(text: str, suffix: str, *, alias: bool = True) -> str | None:
    """The stored form of a DomainName that a customer asks for, or None where it breaks the rule (row 9, error 21245).

    Letters, digits and dashes in labels of at most 63 characters, no edge form, no account SID as a name.
    """
    # Checked first: lower() maps the Kelvin sign to an ASCII k.
    found = _name_part(text.lower(), suffix, alias) if text.isascii() else None
    if found is None or found[1] is not None:
        return None
    labels = found[0].split(".")
    domain = f"{found[0]}.pstn.{suffix}"
    if len(domain) > _LONGEST or not all(_LABEL.match(label) and not _ACCOUNT_SID.match(label) for label in labels):
        return None
    # `x.pstn` as a name would read as something else once an edge follows: `x.pstn.pstn.{PFX}`.
    return None if "pstn" in labels else domain


def is_platform_host(host: str, suffix: str, *, alias: bool = True) -> bool:
    """Whether a host is the platform's: `{PFX}` itself or anything under it, and likewise the alias."""
    name = host.lower().removesuffix(".")
    return any(name == end or name.endswith("." + end) for end in ((suffix, ALIAS_SUFFIX) if alias else (suffix,)))
