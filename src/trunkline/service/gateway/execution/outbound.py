"""The INVITE that an attempt sends: to a carrier's gateway, or to a customer's origination URI (sip.md 3.5, 4.4)."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from trunkline.domain.call.attempt import Target
from trunkline.domain.trunk.carrier.profile import CallerIdHeader
from trunkline.domain.trunk.carrier.route import CarrierTarget
from trunkline.domain.trunk.edge.hop import HopPlan
from trunkline.domain.trunk.manipulation.policy import HeaderPolicy
from trunkline.domain.trunk.manipulation.rewriting import manipulate
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.origination.invite import Presentation, origination_invite, presented_caller
from trunkline.domain.trunk.origination.uri import HEADER_PART_LIMIT, OriginationTarget
from trunkline.domain.trunk.termination.decision import TerminationPlan
from trunkline.kit.ids import CallSid
from trunkline.protocol.sip.message.header_name import header_key
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.name_addr import quote_display
from trunkline.protocol.sip.ua.invite_offer import InviteOffer

# What the user agent writes by itself on every INVITE.
_OF_THE_UA = frozenset({"max-forwards", "allow", "user-agent"})

_BETWEEN_OURS: Final = "x-trunkline-"
"""Begins what one process of the platform tells another."""

_USER_SAFE: Final = "-_.!~*'()&=+$,;?/"
"""Unreserved and user-unreserved characters of RFC 3261 section 25.1."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, from the INVITE that came in."""

    user: str | None
    host: str
    """Address that the INVITE came from."""
    max_forwards: int
    request: Request


def caller_of(request: Request, host: str) -> Caller:
    """Read the caller of an INVITE."""
    value = request.get("max-forwards")
    from_ = request.from_
    return Caller(from_.uri.plain_user or None, host, int(value) if value else 70, request)


def outbound_invite(
    plan: TerminationPlan | OriginationPlan | HopPlan,
    target: Target,
    call_sid: CallSid,
    caller: Caller,
    sdp: bytes,
    presentation: Presentation,
    own_host: str,
) -> InviteOffer:
    """Compose the INVITE for one target of a plan."""
    if isinstance(plan, HopPlan):
        return plan.offer(sdp)
    if isinstance(plan, TerminationPlan):
        assert isinstance(target, CarrierTarget)  # noqa: S101  plans and targets are made together
        return _to_carrier(plan, target, caller, sdp, presentation.header_prefix, own_host)
    assert isinstance(target, OriginationTarget)  # noqa: S101
    offer = _to_customer(plan, target, call_sid, caller, sdp, presentation)
    policy = plan.trunk.origination_policy
    return offer if policy is None else _manipulated(offer, policy, own_host)


def _to_carrier(
    plan: TerminationPlan, target: CarrierTarget, caller: Caller, sdp: bytes, prefix: str, own_host: str
) -> InviteOffer:
    uri, profile, login = target.request_uri, target.carrier.profile, target.carrier.login
    number = profile.number(plan.caller)
    display = f"{quote_display(plan.caller_name)} " if plan.caller_name else ""
    identity = f"{display}<sip:{number}@{own_host}>"
    headers: list[tuple[str, str]] = []
    if CallerIdHeader.PAI in profile.caller_id:
        headers.append(("P-Asserted-Identity", identity))
    if CallerIdHeader.RPID in profile.caller_id:
        headers.append(("Remote-Party-ID", f"{identity};party=calling;screen=yes;privacy=off"))
    headers += [("Diversion", value) for value in plan.diversions]
    if profile.pass_x_headers:
        headers += _x_headers(caller.request, prefix)
    if CallerIdHeader.FROM not in profile.caller_id:
        # The carrier knows us by the account there, and the caller by the other headers.
        identity = f"<sip:{quote(login.username, safe=_USER_SAFE) if login is not None else 'anonymous'}@{own_host}>"
    return InviteOffer(
        request_uri=uri,
        from_text=identity,
        to_text=f"<{uri}>",
        body=sdp,
        headers=tuple(headers),
        contact_user=number,
        max_forwards=max(0, caller.max_forwards - 1),  # row 29: what goes round in circles has to end
    )


def _x_headers(request: Request, prefix: str) -> list[tuple[str, str]]:
    """The customer's X- headers but those that only the platform writes, as many as fit."""
    ours, room = (f"{prefix.lower()}-", _BETWEEN_OURS), HEADER_PART_LIMIT
    kept: list[tuple[str, str]] = []
    for key, name, value in request.headers:
        if key.startswith("x-") and not key.startswith(ours):
            room -= len(name) + len(value)
            if room < 0:
                break
            kept.append((name, value))
    return kept


def _to_customer(
    plan: OriginationPlan,
    target: OriginationTarget,
    call_sid: CallSid,
    caller: Caller,
    sdp: bytes,
    presentation: Presentation,
) -> InviteOffer:
    invite = origination_invite(
        target,
        trunk=plan.trunk,
        account_sid=plan.account.sid,
        call_sid=call_sid,
        dialled=plan.dialled,
        caller=presented_caller(caller.user),
        caller_name=plan.caller_name,
        carrier_host=caller.host,
        presentation=presentation,
    )
    headers = tuple((name, value) for name, value in invite.headers if name.lower() not in _OF_THE_UA)
    return InviteOffer(
        request_uri=invite.request_uri,
        from_text=invite.from_address,
        to_text=invite.to_address,
        body=sdp,
        headers=headers,
        contact_user=invite.contact_user,
        contact_display=invite.contact_display,
        max_forwards=min(60, max(0, caller.max_forwards - 1)),
    )


def _manipulated(offer: InviteOffer, policy: HeaderPolicy, own_host: str) -> InviteOffer:
    """The INVITE as the trunk's policy leaves it (sip.md 9.11)."""
    display = f"{offer.contact_display} " if offer.contact_display else ""
    contact = f"{display}<sip:{offer.contact_user}@{own_host}>"
    lines = (("From", offer.from_text), ("To", offer.to_text), ("Contact", contact), *offer.headers)
    composed = Request("INVITE", offer.request_uri, [(header_key(name), name, value) for name, value in lines])
    changed = manipulate(policy, composed).request
    from_, to, _contact, *others = [(name, value) for _, name, value in changed.headers]
    return replace(
        offer,
        request_uri=changed.uri_text,
        from_text=from_[1],
        to_text=to[1],
        headers=tuple(others),
        contact_user=changed.contact.uri.user or "" if changed.contact is not None else "",
    )
