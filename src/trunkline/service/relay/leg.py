"""One party of a call as the relay sees it: a tag and, per media line, an RTP and an RTCP stream."""

from dataclasses import dataclass

from trunkline.kit.instant import Instant
from trunkline.protocol.sdp.media import TELEPHONE_EVENT, UNSPECIFIED, MediaDescription, is_nobodys
from trunkline.protocol.sdp.session import SessionDescription
from trunkline.service.relay.errors import Refusal
from trunkline.service.relay.stream import NOWHERE, Stream


@dataclass(slots=True)
class Media:
    """The streams behind one m= line; `formats` are the payload types that this leg's last SDP named."""

    rtp: Stream
    rtcp: Stream
    kind: str
    proto: str
    payload_types: tuple[int, ...] = ()
    untimed: tuple[int, ...] = ()
    aim: "Aim | None" = None
    """What the leg's last SDP asked for, while it is not done."""

    def describe(self, remote: "Remote") -> None:
        """Takes the payload types of this leg's own SDP."""
        self.kind = remote.kind
        self.proto = remote.proto
        self.payload_types = remote.payload_types
        self.untimed = remote.untimed

    def pair_with(self, other: "Media") -> None:
        """Payload types are never mapped, so either leg may use what either SDP names."""
        named = tuple({*self.payload_types, *other.payload_types})
        untimed = tuple({*self.untimed, *other.untimed})
        self.rtp.allow(named, untimed)
        other.rtp.allow(named, untimed)

    def streams(self) -> tuple[Stream, Stream]:
        return self.rtp, self.rtcp

    def answered(self, now: Instant) -> None:
        """Offer and answer are there for this line."""
        for stream in self.streams():
            if stream.latch is not None:
                stream.latch.answered(now)

    def send_to(self, other: "Media | None") -> None:
        """What this leg sends goes to the other's peer; None: to nobody."""
        self.rtp.sink = other.rtp if other is not None else NOWHERE
        self.rtcp.sink = other.rtcp if other is not None else NOWHERE


@dataclass(frozen=True, slots=True)
class Remote:
    """What one media line of a leg says: where it wants its packets, and of which types they are."""

    address: str
    port: int
    rtcp_address: str
    rtcp_port: int
    kind: str
    proto: str
    payload_types: tuple[int, ...]
    untimed: tuple[int, ...]

    @property
    def is_held(self) -> bool:
        return self.address in UNSPECIFIED


class Leg:
    """A tag of the call and its media, by the place of the m= line."""

    __slots__ = ("created_at", "medias", "tag")

    def __init__(self, tag: str, created_at: int) -> None:
        self.tag = tag
        self.created_at = created_at
        self.medias: dict[int, Media] = {}

    def streams(self) -> list[Stream]:
        return [stream for media in self.medias.values() for stream in media.streams()]

    def is_heard_by(self, other: "Leg") -> bool:
        """Whether what this leg sends goes to the other."""
        return any(media.rtp.sink is other.medias[at].rtp for at, media in self.medias.items() if at in other.medias)


def remote_of(session: SessionDescription, description: MediaDescription, source: str, *, ipv6: bool) -> Remote:
    """All that is read of one media line in use; raises MalformedSdp, and Refusal where an address is of another
    family than ours, or nobody's.

    `source` is who signalled it, "" where that is not known.
    """
    address = session.address_of(description)
    rtcp_address = description.rtcp_address or address
    for one in (address, rtcp_address):
        if (":" in one) != ipv6:
            raise Refusal("Media address of a family that this relay does not serve")
        if source and is_nobodys(one, source):
            raise Refusal("Media address that is not the sender's to name")
    rtcp_port = description.rtcp_port
    if rtcp_port in {0, description.port}:  # RFC 5761 multiplexing is refused, so RTCP comes on its own port
        rtcp_port = description.port + 1
    untimed = tuple(codec.payload_type for codec in description.codecs() if codec.name == TELEPHONE_EVENT)
    return Remote(
        address,
        description.port,
        rtcp_address,
        min(rtcp_port, 65535),
        description.kind,
        description.proto,
        description.payload_types,
        untimed,
    )


@dataclass(frozen=True, slots=True)
class Aim:
    """Where a leg wants its packets, and how sure that is."""

    remote: Remote
    symmetric: bool
    trusted_host: str | None
    """Where the signalling came from."""

    def take(self, media: Media) -> None:
        """Points both streams at the leg's SDP address, or holds them."""
        remote = self.remote
        if remote.is_held:
            media.rtp.hold()
            media.rtcp.hold()
            return
        symmetric, trusted_host = self.symmetric, self.trusted_host
        media.rtp.aim((remote.address, remote.port), symmetric=symmetric, trusted_host=trusted_host)
        if remote.rtcp_address in UNSPECIFIED:  # the system would take it for this very host
            media.rtcp.hold()
            return
        media.rtcp.aim((remote.rtcp_address, remote.rtcp_port), symmetric=symmetric, trusted_host=trusted_host)
        latch = media.rtp.latch
        if latch is not None and latch.pinned:
            media.rtcp.follow(latch.destination[0])
