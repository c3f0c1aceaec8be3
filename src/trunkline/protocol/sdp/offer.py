"""Offer and answer (RFC 3264): what the platform lets through, offers and answers itself. Never transcodes."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from trunkline.protocol.sdp.crypto import ACCEPTED, usable_keys
from trunkline.protocol.sdp.errors import MalformedSdp, NoCommonCodec
from trunkline.protocol.sdp.media import (
    DIRECTION_LINES,
    INACTIVE,
    RECVONLY,
    SENDONLY,
    SENDRECV,
    TELEPHONE_EVENT,
    UNSPECIFIED,
    Codec,
    MediaDescription,
    codecs_of,
    parse_media,
    with_direction,
)
from trunkline.protocol.sdp.session import Origin, SessionDescription, parse

ALLOWED: Final = ("PCMU", "PCMA", TELEPHONE_EVENT)
"""The codecs of features rows 81 and 84, in the order of origination."""
ORIGINATION_ORDER: Final = ("PCMU", "PCMA")


PROFILES: Final = frozenset({"RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"})
"""Transports that are relayed; DTLS-SRTP is not (spec 5.6)."""

SESSION_NAME: Final = "Trunkline Media Gateway"
EVENT_PAYLOAD_TYPE: Final = 101
EVENTS: Final = "0-16"
_CLOCK_RATE: Final = 8000
_PER_FORMAT: Final = ("a=rtpmap:", "a=fmtp:", "a=rtcp-fb:")
_KEYS: Final = ("a=crypto:",)
"""Only SRTP has any (RFC 4568 section 6): beside RTP they would agree on what the trunk does not allow."""
_MIRRORED: Final = {SENDRECV: SENDRECV, SENDONLY: RECVONLY, RECVONLY: SENDONLY, INACTIVE: INACTIVE}


@dataclass(frozen=True, slots=True)
class NegotiatedAudio:
    """What an offer and its answer agreed on; payload types are the answer's, which both sides send (section 6.1)."""

    index: int
    codec: Codec
    telephone_event: int | None


def filter_offer(
    session: SessionDescription,
    allowed: Collection[str] = ALLOWED,
    order: Sequence[str] | None = None,
    secure: bool | None = None,
) -> SessionDescription:
    """The same offer (or answer) with the allowed codecs only, under the sender's payload types.

    `order` puts its codecs first in that order; None keeps the sender's (termination, row 81). The first usable audio
    line is kept, of RTP alone or of SRTP with a usable key alone where `secure` says so; every other line stays in its
    place with port 0 (section 6). Raises `NoCommonCodec` without any.
    """
    kept: list[MediaDescription] = []
    found = False
    for media in session.media:
        fits = secure is None or (is_keyed(media) if secure else not media.is_secure)
        audio = _filtered(media, allowed, order) if fits and not found else None
        found = found or audio is not None
        kept.append(audio or refused(media))
    if not found:
        raise NoCommonCodec("no audio line with an allowed codec")
    return session.with_media(kept)


def answer_within(answer: bytes, offer: bytes) -> bytes:
    """The answer in the shape of its offer, without codecs that may not pass, which some answerers add (section 6.1).

    One that names nothing but what was offered, line for line, is given back as it came, and so is one that cannot be
    read or would have no codec left: that is for the offerer to judge.
    """
    answered, offered = _AUDIO.search(answer), _AUDIO.search(offer)
    has_all_lines = answer.count(b"\nm=") == offer.count(b"\nm=")
    if has_all_lines and (answered is None or offered is None or set(answered[1].split()) <= set(offered[1].split())):
        return answer
    try:
        session = parse(answer) if has_all_lines else _line_for_line(parse(answer), parse(offer))
        return (session if answered is None else filter_offer(session)).build()
    except (MalformedSdp, NoCommonCodec):
        return answer


def _line_for_line(answer: SessionDescription, offer: SessionDescription) -> SessionDescription:
    """As many lines as the offer has (section 6 MUST): the audio in its place, port 0 in every other."""
    accepted, asked = active_audio(answer), active_audio(offer)
    media = [
        accepted[1] if accepted and asked and at == asked[0] else refused(line) for at, line in enumerate(offer.media)
    ]
    return answer.with_media(media)


_AUDIO: Final = re.compile(rb"^m=audio [1-9][0-9]* \S+ ([0-9 ]+)", re.MULTILINE)


def continued(sdp: bytes, told: bytes) -> bytes:
    """The SDP as the next one after `told` of one session: the same o= but for its version, which rises by one with
    every change (section 8). What cannot be read is given back as it is.

    Whoever is behind us may change within a session of ours: another fork answers, or a late offer is made good.
    """
    try:
        session, before = parse(sdp), parse(told).origin
    except MalformedSdp:
        return sdp
    if session.with_origin(before).build() == told:
        return told
    origin = Origin(before.username, before.session_id, before.version + 1, session.origin.address)
    return session.with_origin(origin).build()


def refused(media: MediaDescription) -> MediaDescription:
    """The same m= line with port 0; of the lines under it only c= and its title stay, so that no key travels on."""
    rest = tuple(line for line in media.lines[1:] if line[:2] in {"c=", "i="})
    return media.with_lines(rest).with_port(0)


def is_keyed(media: MediaDescription) -> bool:
    """Whether a line is of SRTP with a key that can be taken (RFC 4568 section 7.1.2; features rows 78, 79)."""
    return media.is_secure and bool(usable_keys(media.crypto_lines, ACCEPTED))


def active_audio(session: SessionDescription) -> tuple[int, MediaDescription] | None:
    """The first audio line in use with a profile that is relayed, and its index."""
    for index, media in enumerate(session.media):
        if media.kind == "audio" and media.port and media.proto in PROFILES:
            return index, media
    return None


def answer_codecs(offer: SessionDescription, answer: SessionDescription) -> NegotiatedAudio:
    """What was agreed: the first codec of the answer that its offer had. Raises `NoCommonCodec`."""
    for index, (offered, answered) in enumerate(zip(offer.media, answer.media, strict=False)):
        if answered.kind != "audio" or not answered.port:
            continue
        names = {(codec.name, codec.clock_rate) for codec in offered.codecs()}
        agreed = [codec for codec in answered.codecs() if (codec.name, codec.clock_rate) in names]
        audio = next((codec for codec in agreed if codec.name != TELEPHONE_EVENT), None)
        if audio is not None:
            event = next((codec.payload_type for codec in agreed if codec.name == TELEPHONE_EVENT), None)
            return NegotiatedAudio(index, audio, event)
    raise NoCommonCodec("the answer accepts no codec of the offer")


def is_held(session: SessionDescription) -> bool:
    """Whether the sender of this will hear nothing: sendonly, inactive, or the address 0.0.0.0 (section 8.4)."""
    found = active_audio(session)
    if found is None:
        return False
    _, media = found
    return session.direction_of(media) in {SENDONLY, INACTIVE} or session.address_of(media) in UNSPECIFIED


def with_all_directions(session: SessionDescription, direction: str) -> SessionDescription:
    """The same with one direction for everything, as an offer of hold or of its end has it."""
    media = [media.with_direction(direction) if media.port else media for media in session.media]
    lines = session.lines
    if not DIRECTION_LINES.isdisjoint(lines):
        lines = with_direction(lines, direction)
    return SessionDescription(lines, tuple(media))


def platform_offer(
    address: str,
    port: int,
    session_id: str,
    version: int = 1,
    *,
    direction: str = SENDRECV,
    crypto: str | None = None,
) -> SessionDescription:
    """The platform's own offer (spec 4.4): PCMU, PCMA, telephone-event 101 with events 0-16, 20 ms.

    `crypto` is the value of one a=crypto attribute and makes the profile RTP/SAVP.
    """
    codecs = (Codec(0, "PCMU", _CLOCK_RATE), Codec(8, "PCMA", _CLOCK_RATE))
    event = Codec(EVENT_PAYLOAD_TYPE, TELEPHONE_EVENT, _CLOCK_RATE)
    media = _audio(port, "RTP/SAVP" if crypto else "RTP/AVP", codecs, event, direction, crypto)
    return SessionDescription(_session_lines(address, session_id, version, "t=0 0"), (media,))


def answer_for(
    offer: SessionDescription,
    address: str,
    port: int,
    session_id: str,
    version: int = 1,
    *,
    allowed: Collection[str] = ALLOWED,
    direction: str = SENDRECV,
    crypto: str | None = None,
) -> SessionDescription:
    """The answer of an endpoint: the offer's first allowed codec under the offer's payload types, direction mirrored.

    `direction` is what the endpoint itself wants; `crypto` the value of its own a=crypto for a secure offer. Other
    media are refused. Raises `NoCommonCodec`.
    """
    media: list[MediaDescription] = []
    found = False
    for offered in offer.media:
        audio = None if found else _filtered(offered, allowed, None)
        if audio is None:
            media.append(refused(offered).with_lines(()))
            continue
        found = True
        codecs = audio.codecs()
        first = next(codec for codec in codecs if codec.name != TELEPHONE_EVENT)
        event = next((codec for codec in codecs if codec.name == TELEPHONE_EVENT), None)
        answered = _agreed_direction(offer.direction_of(offered), direction)
        media.append(_audio(port, offered.proto, (first,), event, answered, crypto))
    if not found:
        raise NoCommonCodec("no audio line with an allowed codec")
    # section 6: the t= line of an answer equals that of its offer
    timing = next((line for line in offer.lines if line.startswith("t=")), "t=0 0")
    return SessionDescription(_session_lines(address, session_id, version, timing), tuple(media))


def _filtered(
    media: MediaDescription, allowed: Collection[str], order: Sequence[str] | None
) -> MediaDescription | None:
    """The audio line with its allowed codecs, None if it cannot be used."""
    if media.kind != "audio" or not media.port or media.proto not in PROFILES:
        return None
    rest, wanted = media.lines[1:], tuple(allowed)
    placed = () if order is None else tuple(order)
    few = sum(map(len, rest)) <= _LONGEST_KNOWN
    kept = (_known_allowed if few else _allowed)(media.payload_types, rest, wanted, placed, media.is_secure)
    return None if kept is None else media.with_formats(*kept)


def _allowed(
    payload_types: tuple[int, ...],
    rest: tuple[str, ...],
    allowed: tuple[str, ...],
    order: tuple[str, ...],
    secure: bool,
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The formats and lines that are kept; `order` empty keeps the sender's."""
    kept = [
        codec
        for codec in codecs_of(payload_types, rest)
        if codec.name in allowed and codec.clock_rate == _CLOCK_RATE and codec.channels == 1
    ]
    if not any(codec.name != TELEPHONE_EVENT for codec in kept):
        return None
    if order:
        rank = {name: place for place, name in enumerate(order)}
        kept.sort(key=lambda codec: rank.get(codec.name, len(rank)))
    formats = {str(codec.payload_type): None for codec in kept}  # once each, in order
    unwanted = () if secure else _KEYS
    return tuple(formats), tuple([line for line in rest if _concerns(line, formats) and not line.startswith(unwanted)])


_LONGEST_KNOWN: Final = 1024
# A telephone writes the same lines under its m= line in every call: only the port and the session's lines change.
_known_allowed: Final = lru_cache(1024)(_allowed)


def _concerns(line: str, payload_types: Collection[str]) -> bool:
    """Whether a line is about the whole media, or about one of these payload types."""
    if not line.startswith(_PER_FORMAT):
        return True
    about = line.partition(":")[2].partition(" ")[0]
    return about in payload_types or about == "*"


def _agreed_direction(offered: str, wanted: str) -> str:
    """Section 6.1: each way flows only if both sides let it."""
    mirrored = _MIRRORED[offered]
    sends = mirrored in {SENDRECV, SENDONLY} and wanted in {SENDRECV, SENDONLY}
    receives = mirrored in {SENDRECV, RECVONLY} and wanted in {SENDRECV, RECVONLY}
    if sends:
        return SENDRECV if receives else SENDONLY
    return RECVONLY if receives else INACTIVE


def _session_lines(address: str, session_id: str, version: int, timing: str) -> tuple[str, ...]:
    origin = Origin("root", session_id, version, address).line()
    family = "IP6" if ":" in address else "IP4"
    return ("v=0", origin, f"s={SESSION_NAME}", f"c=IN {family} {address}", timing)


def _audio(
    port: int, proto: str, codecs: Sequence[Codec], event: Codec | None, direction: str, crypto: str | None
) -> MediaDescription:
    offered = [*codecs, event] if event else [*codecs]
    types = " ".join(str(codec.payload_type) for codec in offered)
    lines = [f"m=audio {port} {proto} {types}"]
    lines += [f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock_rate}" for codec in offered]
    if event:
        lines.append(f"a=fmtp:{event.payload_type} {EVENTS}")
    if crypto:
        lines.append(f"a=crypto:{crypto}")
    lines += ["a=ptime:20", "a=maxptime:20", f"a={direction}"]
    return parse_media(tuple(lines))
