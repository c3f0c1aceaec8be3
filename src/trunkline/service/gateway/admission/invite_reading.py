"""What the policies read in an INVITE: its offer, its Contact, and the headers that may name the caller."""

from collections.abc import Iterator
from dataclasses import dataclass

from trunkline.domain.call.leg import sdp_of
from trunkline.domain.trunk.number.e164 import e164_of
from trunkline.domain.trunk.termination.caller_id import DiversionHeader, Identities
from trunkline.domain.trunk.termination.request import Offer
from trunkline.protocol.sdp.errors import MalformedSdp, NoCommonCodec
from trunkline.protocol.sdp.media import MediaDescription, is_nobodys
from trunkline.protocol.sdp.offer import ORIGINATION_ORDER, filter_offer
from trunkline.protocol.sdp.session import SessionDescription
from trunkline.protocol.sdp.session import parse as parse_sdp
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.name_addr import NameAddr, parse_name_addr, split_addresses
from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.ua.extension import unsupported_body


@dataclass(frozen=True, slots=True)
class ReadOffer:
    """The SDP with the codecs that may pass, over RTP and over SRTP; empty where there is no such line."""

    verdict: Offer
    plain: bytes = b""
    secured: bytes = b""

    def for_trunk(self, *, secure: bool) -> bytes:
        """What goes on; b"" where the verdict is against it."""
        return (self.secured or self.plain) if secure else self.plain


def read_offer(request: Request, source: str, ipv6: bool | None = None) -> ReadOffer:
    """Judge the INVITE's SDP and keep the codecs that may pass (rows 44, 78, 81, 82; design, decision 12).

    `source` is the address that it came from; `ipv6` whether media goes by IPv6 alone or by IPv4 alone, None = by both.
    """
    if unsupported_body(request):
        return ReadOffer(Offer.FOREIGN)
    body = sdp_of(request)
    if not body:
        return ReadOffer(Offer.ABSENT)
    try:
        return _judge(parse_sdp(body), source, ipv6)
    except MalformedSdp:
        return ReadOffer(Offer.UNREADABLE)


def _judge(session: SessionDescription, source: str, ipv6: bool | None) -> ReadOffer:
    """Raises MalformedSdp, for attributes are read only here."""
    audio = [media for media in session.media if media.kind == "audio" and media.port]  # all else is refused anyway
    if not all(_is_usable(session, media, source, ipv6) for media in audio):
        return ReadOffer(Offer.UNREADABLE)
    plain = _passable(session, secure=False)
    if not any(media.is_secure for media in session.media):
        return ReadOffer(Offer.PLAIN if plain else Offer.NO_CODEC, plain)
    secured = _passable(session, secure=True)
    if secured:
        return ReadOffer(Offer.EITHER if plain else Offer.SECURE, plain, secured)
    if plain:
        return ReadOffer(Offer.PLAIN, plain)
    return ReadOffer(Offer.KEYLESS if _passable(session, secure=None) else Offer.NO_CODEC)


def _is_usable(session: SessionDescription, media: MediaDescription, source: str, ipv6: bool | None) -> bool:
    """Whether the relay may and can send RTP and RTCP where this line wants them."""
    addresses = {session.address_of(media), media.rtcp_address or session.address_of(media)}
    _ = media.rtcp_port
    return all((ipv6 is None or (":" in one) is ipv6) and not is_nobodys(one, source) for one in addresses)


def _passable(session: SessionDescription, *, secure: bool | None) -> bytes:
    try:
        return filter_offer(session, secure=secure).build()
    except NoCommonCodec:
        return b""


def ordered_for_customer(offer: bytes) -> bytes:
    """An origination offer lists PCMU before PCMA (row 81)."""
    return filter_offer(parse_sdp(offer), order=ORIGINATION_ORDER).build()


def identities_of(request: Request) -> Identities:
    """The headers that may name the caller."""
    from_ = request.from_
    return Identities(
        from_user=from_.uri.plain_user,
        rpid_user=None if request.get("remote-party-id") is None else _remote_party(request),
        pai_user=None if request.get("p-asserted-identity") is None else _asserted(request),
        display_name=from_.name or None,
    )


def _remote_party(request: Request) -> str | None:
    """The user of the first Remote-Party-ID that is not the called party's; "" for one that cannot be read."""
    for member in _members(request, "remote-party-id"):
        if member is None:
            return ""
        if (member.param("party") or "calling").lower() != "called":
            return member.uri.plain_user
    return None


def _asserted(request: Request) -> str:
    """The user of the P-Asserted-Identity that holds a number: one may be a tel URI (RFC 3325 section 9.1)."""
    users = [member.uri.plain_user for member in _members(request, "p-asserted-identity") if member is not None]
    return next((user for user in users if e164_of(user) is not None), users[0] if users else "")


def _members(request: Request, key: str) -> Iterator[NameAddr | None]:
    """The addresses of a header in order; None for what cannot be read."""
    for line in request.get_all(key):
        try:
            for member in split_addresses(line):
                yield parse_name_addr(member)
        except MalformedMessage:
            yield None


def contact_host_of(request: Request) -> str | None:
    """None without a Contact, "" for one that is no SIP URI."""
    contact = request.contact
    if contact is None:
        return None
    return contact.uri.host if contact.uri.scheme in {"sip", "sips"} else ""


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
