"""The media of one call as its SDP has it: offers, answers, hold; the port follows what was agreed."""

from trunkline.platform.media.media_port import MediaPort
from trunkline.protocol.sdp.errors import NoCommonCodec
from trunkline.protocol.sdp.media import RECVONLY, SENDONLY, SENDRECV, UNSPECIFIED
from trunkline.protocol.sdp.offer import answer_codecs, answer_for, platform_offer
from trunkline.protocol.sdp.session import SessionDescription, parse

_LAW = {"PCMU": 0, "PCMA": 8}
_NAME = "Trunkline Phone"


class CallMedia:
    """Offer and answer (RFC 3264) around one port; every method that reads a peer's SDP raises SdpError."""

    __slots__ = ("_agreed", "_offered", "_session_id", "_shown", "_version", "held", "holding", "own", "port")

    def __init__(self, port: MediaPort, session_id: str, shown: str = "") -> None:
        """`shown` is the address to write in place of the port's own."""
        self.port = port
        self._session_id = session_id
        self._shown = shown or port.local_ip
        self._version = 0
        self._offered: SessionDescription | None = None
        self._agreed: tuple[object, ...] | None = None
        self.own = b""
        """The SDP that was sent last."""
        self.held = False
        """Whether the peer keeps us from sending."""
        self.holding = False
        """Whether our latest offer held the peer."""

    @property
    def connected(self) -> bool:
        return self._agreed is not None

    @property
    def awaits_answer(self) -> bool:
        """Whether an offer of ours is open."""
        return self._offered is not None

    def offer(self, *, hold: bool = False) -> bytes:
        self._version += 1
        self.holding = hold
        direction = SENDONLY if hold else SENDRECV
        port = self.port.local_port
        own = platform_offer(self._shown, port, self._session_id, self._version, direction=direction)
        self._offered = own.with_name(_NAME)
        self.own = self._offered.build()
        return self.own

    def answer(self, body: bytes) -> bytes:
        """Answer the peer's offer and follow it."""
        offer = parse(body)
        port = self.port.local_port
        own = answer_for(offer, self._shown, port, self._session_id, self._version + 1).with_name(_NAME)
        self._follow(offer, own, offer, own, frozenset({SENDRECV, SENDONLY}))
        self._version += 1
        self.own = own.build()
        return self.own

    def take_answer(self, body: bytes) -> None:
        """Follow the peer's answer to our offer; a repeated one (183, then 200) changes nothing."""
        if self._offered is None:
            return
        answer = parse(body)
        self._follow(self._offered, answer, answer, answer, frozenset({SENDRECV, RECVONLY}))

    def settled(self) -> None:
        """The offer is answered for good."""
        self._offered = None

    def _follow(
        self,
        offer: SessionDescription,
        answer: SessionDescription,
        remote: SessionDescription,
        directed: SessionDescription,
        sending: frozenset[str],
    ) -> None:
        """Send where the remote side wants it; `directed` says whether we may, by a direction of `sending`."""
        audio = answer_codecs(offer, answer)
        media = remote.media[audio.index]
        if media.is_secure:
            raise NoCommonCodec("no SRTP here")
        address = remote.address_of(media)
        self.held = address in UNSPECIFIED or directed.direction_of(directed.media[audio.index]) not in sending
        if address not in UNSPECIFIED:
            self._connect(
                address, media.port, audio.codec.payload_type, _LAW[audio.codec.name], audio.telephone_event,
                media.rtcp_port,
            )  # fmt: skip
        if self.held:
            self.port.hold()
        else:
            self.port.resume()

    def _connect(
        self, address: str, port: int, payload_type: int, law: int, event_type: int | None, rtcp_port: int
    ) -> None:
        agreed = (address, port, payload_type, law, event_type, rtcp_port)
        if agreed != self._agreed:
            self._agreed = agreed
            self.port.connect(address, port, payload_type, law=law, event_type=event_type, rtcp_port=rtcp_port)
