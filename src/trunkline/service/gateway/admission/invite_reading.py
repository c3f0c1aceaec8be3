"""What the policies read in an INVITE: its offer, and the headers that may name the caller."""

from dataclasses import dataclass

from trunkline.domain.trunk.termination.caller_id import DiversionHeader, Identities
from trunkline.domain.trunk.termination.request import Offer
from trunkline.protocol.sdp.errors import MalformedSdp, NoCommonCodec
from trunkline.protocol.sdp.offer import ORIGINATION_ORDER, active_audio, filter_offer
from trunkline.protocol.sdp.session import parse as parse_sdp
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.name_addr import parse_name_addr
from trunkline.protocol.sip.message.uri import parse_uri


@dataclass(frozen=True, slots=True)
class ReadOffer:
    """`offer` is the SDP with the codecs that may pass; empty where the verdict is against it."""

    verdict: Offer
    offer: bytes


def read_offer(request: Request) -> ReadOffer:
    """Judge the INVITE's SDP and keep the codecs that may pass (rows 44, 81, 82; design, decision 12)."""
    if not request.body:
        return ReadOffer(Offer.ABSENT, b"")
    try:
        session = parse_sdp(request.body)
    except MalformedSdp:
        return ReadOffer(Offer.UNREADABLE, b"")
    try:
        offer = filter_offer(session)
    except NoCommonCodec:
        return ReadOffer(Offer.NO_CODEC, b"")
    audio = active_audio(offer)
    secure = audio is not None and audio[1].proto.startswith("RTP/SAVP")
    return ReadOffer(Offer.SECURE if secure else Offer.PLAIN, offer.build())


def ordered_for_customer(offer: bytes) -> bytes:
    """An origination offer lists PCMU before PCMA (row 81)."""
    return filter_offer(parse_sdp(offer), order=ORIGINATION_ORDER).build()


def identities_of(request: Request) -> Identities:
    """The headers that may name the caller."""
    from_ = request.from_
    return Identities(
        from_user=from_.uri.plain_user,
        rpid_user=_user(request.get("remote-party-id")),
        pai_user=_user(request.get("p-asserted-identity")),
        display_name=from_.name or None,
    )


def _user(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return parse_name_addr(value).uri.plain_user
    except MalformedMessage:
        return ""


def diversions_of(request: Request) -> tuple[DiversionHeader, ...]:
    """The Diversion headers that can be read (RFC 5806)."""
    found: list[DiversionHeader] = []
    try:
        members = request.members("diversion")
    except MalformedMessage:
        return ()  # nobody knows where one ends and the next begins
    for value in members:
        try:
            uri = parse_uri(parse_name_addr(value).uri_text)
        except MalformedMessage:
            continue  # unreadable: not passed on
        found.append(DiversionHeader(value, uri.plain_user or None, uri.host))
    return tuple(found)
