"""One call of the relay: its legs by tag, and the offers and answers that tie them together.

A call has the leg that opened it and one leg per attempt to reach somebody. An attempt is an offer with a new
`to-tag` (or `via-branch`); the opener's ports stay the same through all of them. The leg whose answer came last is
the one that hears the opener and is heard; until the first answer an attempt's early media reaches the opener.
"""

from collections.abc import Callable

from trunkline.kit.instant import Instant
from trunkline.protocol.ng.command import Answer, Offer, SourceRule
from trunkline.protocol.sdp.media import MediaDescription, Transport
from trunkline.protocol.sdp.session import SessionDescription
from trunkline.service.relay.errors import Refusal
from trunkline.service.relay.forwarder import Forwarder
from trunkline.service.relay.leg import Aim, Leg, Media, Remote, remote_of
from trunkline.service.relay.port_pool import PortPool
from trunkline.service.relay.stream import NOWHERE, Stream

MAX_MEDIA = 4
"""Media lines served per leg; a trunk call has one."""
MAX_LEGS = 64
"""A hunt of 60 s over at most four addresses each stays far below."""

_OURS_TO_SAY = frozenset(
    {"rtcp-mux", "rtcp-mux-only", "rtcp", "candidate", "end-of-candidates", "remote-candidates"}
    | {"ice-ufrag", "ice-pwd", "ice-options", "ice-lite", "ice-mismatch", "fingerprint", "setup"}
)
"""Attributes of the sender's transport, meaningless once the media goes through here."""


class Ground:
    """What every call of a process stands on."""

    __slots__ = ("advertise", "forwarder", "pool", "wall")

    def __init__(self, advertise: str, forwarder: Forwarder, pool: PortPool, wall: Callable[[], int]) -> None:
        self.advertise = advertise
        self.forwarder = forwarder
        self.pool = pool
        self.wall = wall
        """UNIX seconds."""


class RelayCall:
    """The media of one call-id."""

    __slots__ = ("_ground", "_untagged", "call_id", "created_at", "last_signal_at", "legs", "opener", "touched")

    def __init__(self, call_id: str, opener: str, ground: Ground, now: Instant) -> None:
        self.call_id = call_id
        self.opener = opener
        self.created_at = self.last_signal_at = ground.wall()
        self.touched = now
        self.legs: dict[str, Leg] = {}
        self._ground = ground
        self._untagged: dict[str, Leg] = {}
        """Offered to, by via-branch, until an answer tells the tag."""

    def offer(self, command: Offer, session: SessionDescription, now: Instant) -> bytes:
        """The SDP to send to the other side; raises Refusal and MalformedSdp, with nothing changed."""
        sender = self._leg(command.from_tag)
        receiver = self._receiver(command)
        remotes = self._prepare(sender, receiver, session, command, now)
        self._adopt(sender, receiver, command)
        for at, remote in remotes.items():
            theirs, ours = sender.medias[at], receiver.medias[at]
            self._learn(theirs, remote, command)
            if theirs.rtp.latch is None:  # else it sends and hears as before until the answer (RFC 3264 section 8)
                self._aim(theirs, now)
            theirs.pair_with(ours)
            if theirs.rtp.sink is NOWHERE:
                theirs.send_to(ours)
            if ours.rtp.sink is NOWHERE:
                ours.send_to(theirs)
        return self._rewrite(session, receiver, remotes)

    def answer(self, command: Answer, session: SessionDescription, now: Instant) -> bytes:
        """The SDP to send back to the offerer; raises Refusal and MalformedSdp, with nothing changed."""
        receiver = self.legs.get(command.from_tag)
        sender = self.legs.get(command.to_tag) or self._untagged.get(command.via_branch)
        if receiver is None or sender is None:
            raise Refusal("Unknown dialogue")
        remotes = self._prepare(sender, receiver, session, command, now)
        if sender.tag != command.to_tag:
            self._name(sender, command.to_tag)
        for at in [at for at in sender.medias if at not in remotes]:
            sender.medias[at].send_to(None)
            if at in receiver.medias:
                receiver.medias[at].send_to(None)
        for at, remote in remotes.items():
            theirs, ours = sender.medias[at], receiver.medias[at]
            self._learn(theirs, remote, command)
            for media in (theirs, ours):
                self._aim(media, now)
                media.answered(now)
            theirs.pair_with(ours)
            self._silence_others(sender, receiver, at)
            theirs.send_to(ours)
            ours.send_to(theirs)
        return self._rewrite(session, receiver, remotes)

    def drop_leg(self, tag: str, now: Instant) -> None:
        """Ends one attempt; the rest of the call goes on."""
        leg = self.legs.pop(tag)
        gone = {id(stream) for stream in leg.streams()}
        for other in self.all_legs():
            for media in other.medias.values():
                if id(media.rtp.sink) in gone:
                    media.send_to(None)
        self._close(leg, now)

    def close(self, now: Instant) -> None:
        """Ends every leg and gives the ports back."""
        for leg in self.all_legs():
            self._close(leg, now)
        self.legs.clear()
        self._untagged.clear()

    def all_legs(self) -> list[Leg]:
        return [*self.legs.values(), *self._untagged.values()]

    def last_sign(self) -> Instant:
        """When a command or a packet of this call last came."""
        heard = [stream.last_packet_at for leg in self.all_legs() for stream in leg.streams()]
        return max([self.touched, *heard])

    def _leg(self, tag: str) -> Leg:
        return self.legs.get(tag) or Leg(tag, self._ground.wall())

    def _receiver(self, command: Offer) -> Leg:
        if command.to_tag:
            return self._leg(command.to_tag)
        waiting = self._untagged.get(command.via_branch)
        return waiting or Leg("", self._ground.wall())

    def _adopt(self, sender: Leg, receiver: Leg, command: Offer) -> None:
        self.legs[sender.tag] = sender
        if command.to_tag:
            self.legs[receiver.tag] = receiver
        else:
            self._untagged[command.via_branch] = receiver

    def _name(self, leg: Leg, tag: str) -> None:
        self._untagged = {branch: other for branch, other in self._untagged.items() if other is not leg}
        leg.tag = tag
        self.legs[tag] = leg

    def _prepare(
        self, sender: Leg, receiver: Leg, session: SessionDescription, command: Offer | Answer, now: Instant
    ) -> dict[int, Remote]:
        """Everything that can be refused: tags, addresses, counts, ports. Ports taken for nothing are given back."""
        if command.from_tag == command.to_tag:
            raise Refusal("A leg cannot talk to itself")
        ipv6 = ":" in self._ground.advertise
        used = {at: media for at, media in enumerate(session.media) if media.port and media.is_rtp}
        if isinstance(command, Answer):  # RFC 3264 section 6: what was not offered cannot be accepted
            used = {at: media for at, media in used.items() if at in sender.medias and at in receiver.medias}
        if len(used) > MAX_MEDIA or len(self.legs) + len(self._untagged) > MAX_LEGS:
            raise Refusal("Too many media or legs in one call")
        remotes = {at: remote_of(session, media, command.received_from, ipv6=ipv6) for at, media in used.items()}
        taken: list[tuple[Leg, int]] = []
        try:
            for leg in (receiver, sender):
                for at, description in used.items():
                    if at not in leg.medias:
                        leg.medias[at] = self._new_media(description, now)
                        taken.append((leg, at))
        except Refusal:
            for leg, at in taken:
                self._close_media(leg.medias.pop(at), now)
            raise
        return remotes

    def _new_media(self, description: MediaDescription, now: Instant) -> Media:
        rtp, rtcp = self._ground.pool.take(now)
        port: int = rtp.getsockname()[1]
        reports = Stream(rtcp, port + 1, now, is_rtcp=True)
        return Media(Stream(rtp, port, now, is_rtcp=False, rtcp=reports), reports, description.kind, description.proto)

    def _learn(self, media: Media, remote: Remote, command: Offer | Answer) -> None:
        media.describe(remote)
        media.aim = Aim(remote, command.source is SourceRule.SYMMETRIC, command.received_from or None)

    def _aim(self, media: Media, now: Instant) -> None:
        """Does what the leg's SDP said last."""
        if media.aim is None:
            return
        media.aim.take(media)
        media.aim = None
        for stream in media.streams():
            if stream.latch is not None:
                self._ground.forwarder.open(stream, now)

    def _silence_others(self, sender: Leg, receiver: Leg, at: int) -> None:
        """The answering leg alone is heard: an abandoned attempt may not talk into the call."""
        for leg in self.all_legs():
            media = leg.medias.get(at)
            if media is not None and leg is not sender and media.rtp.sink is receiver.medias[at].rtp:
                media.send_to(None)

    def _rewrite(self, session: SessionDescription, receiver: Leg, remotes: dict[int, Remote]) -> bytes:
        address = self._ground.advertise
        transports = [
            Transport(address, receiver.medias[at].rtp.port, receiver.medias[at].rtcp.port) if at in remotes else None
            for at in range(len(session.media))
        ]
        return session.without_attributes(_OURS_TO_SAY).with_transports(transports, address).build()

    def _close(self, leg: Leg, now: Instant) -> None:
        for media in leg.medias.values():
            self._close_media(media, now)
        leg.medias.clear()

    def _close_media(self, media: Media, now: Instant) -> None:
        for stream in media.streams():
            self._ground.forwarder.close(stream)
            stream.close()
        self._ground.pool.give_back(media.rtp.port, now)
