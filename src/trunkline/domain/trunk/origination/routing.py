"""Routing of a call from a carrier: the trunk's targets in their order (sip.md 4.2)."""

from collections.abc import Iterable
from itertools import groupby

from trunkline.domain.call.release_cause import (
    ACCOUNT_NOT_ACTIVE,
    FACTS_UNAVAILABLE,
    NUMBER_UNKNOWN,
    NUMBER_WITHOUT_TRUNK,
    TOO_MANY_HOPS,
)
from trunkline.domain.trunk.address import IpAddress, Transport
from trunkline.domain.trunk.carrier.route import carrier_of_source
from trunkline.domain.trunk.decision import Drop, Reject
from trunkline.domain.trunk.facts import AccountStatus, OriginationUrl, TrunkDirectory
from trunkline.domain.trunk.number.e164 import dialled_number
from trunkline.domain.trunk.origination.decision import OriginationDecision, OriginationPlan
from trunkline.domain.trunk.origination.uri import BAD_URI, OriginationTarget, UriWarning, parse_origination_uri
from trunkline.domain.trunk.weighted_order import Draw, weighted_order
from trunkline.kit.ids import E164


def plan(
    urls: Iterable[OriginationUrl], dialled: E164, draw: Draw, *, secure: bool = False
) -> tuple[OriginationTarget, ...]:
    """The order of the hunt: enabled URIs, lowest priority first, weighted within one priority (rows 52-54).

    A URI that cannot be called takes no part.
    """
    usable: list[tuple[OriginationUrl, OriginationTarget]] = []
    for url in urls:
        uri = parse_origination_uri(url.uri) if url.enabled else None
        if uri is not None:
            transport = Transport.TLS if secure else uri.transport  # row 74
            user = dialled if uri.user is None else uri.user  # row 46
            usable.append((url, OriginationTarget(url.sid, uri, transport, user)))
    usable.sort(key=lambda found: found[0].priority)
    order: list[OriginationTarget] = []
    for _, equals in groupby(usable, key=lambda found: found[0].priority):
        order += weighted_order([(target, url.weight) for url, target in equals], draw)
    return tuple(order)


def uri_warnings(urls: Iterable[OriginationUrl]) -> tuple[UriWarning, ...]:
    """What is wrong with the enabled URIs, each kind of fault once for each of them (sip.md 4.1)."""
    found: list[UriWarning] = []
    for url in urls:
        if url.enabled:
            uri = parse_origination_uri(url.uri)
            codes = (BAD_URI,) if uri is None else tuple(dict.fromkeys(uri.warnings))
            found += [UriWarning(code, url.uri) for code in codes]
    return tuple(found)


async def route_origination(
    user: str | None, source: IpAddress, directory: TrunkDirectory, draw: Draw, max_forwards: int | None = None
) -> OriginationDecision:
    """Decide about an INVITE whose R-URI host is no trunk domain. Raises what the directory raises."""
    carrier = carrier_of_source(await directory.carriers(), source)
    if carrier is None:
        return Drop("unknown_source")
    dialled = dialled_number(user)
    number = None if dialled is None else await directory.number(dialled)
    if dialled is None or number is None or number.account_sid is None:
        return Reject(NUMBER_UNKNOWN, recorded=False, carrier=carrier)
    account = await directory.account(number.account_sid)
    if account is None:
        return Reject(FACTS_UNAVAILABLE, recorded=False, carrier=carrier)
    if account.status is not AccountStatus.ACTIVE:
        return Reject(ACCOUNT_NOT_ACTIVE, recorded=True, account=account, carrier=carrier)
    if max_forwards == 0:  # row 29: a PBX that sends its calls back to their number calls itself
        return Reject(TOO_MANY_HOPS, recorded=True, account=account, carrier=carrier)
    trunk = None if number.trunk_sid is None else await directory.trunk_by_sid(number.trunk_sid)
    if trunk is None:
        return Reject(NUMBER_WITHOUT_TRUNK, recorded=True, account=account, carrier=carrier)
    urls = trunk.origination_urls
    targets = plan(urls, dialled, draw, secure=trunk.secure)
    return OriginationPlan(trunk, account, carrier, number.sid, dialled, targets, uri_warnings(urls))
