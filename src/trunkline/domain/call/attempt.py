"""One attempt of a call to reach one address: an outbound leg and its session in the relay."""

from typing import Protocol

from trunkline.domain.call.release_cause import ReleaseCause
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.transaction.flow import Flow


class Target(Protocol):
    """One stop of the plan: an origination URI or a carrier's gateway."""

    @property
    def request_uri(self) -> str: ...


class Attempt:
    """Written by its call only. Indexes count from 0 over the whole call."""

    __slots__ = (
        "address",
        "answer",
        "answer_from",
        "cause",
        "contact",
        "early",
        "ended_at",
        "index",
        "leg_open",
        "media_open",
        "offer",
        "rings",
        "started_at",
        "status",
        "target",
    )

    def __init__(self, index: int, target: Target, address: Flow | None, now: Instant) -> None:
        self.index = index
        self.target = target
        self.address = address
        self.started_at = now
        self.ended_at: Instant | None = None
        self.status: int | None = None
        """Final SIP status; 408 for silence, 503 for a transport failure (RFC 3261 section 8.1.3.1)."""
        self.cause: ReleaseCause | None = None
        self.contact = ""
        """The first Contact of a final failure: where a 3xx leads."""
        self.early = b""
        """SDP of the last provisional response that had any."""
        self.rings = False
        """Whether a provisional response other than 100 has come."""
        self.leg_open = False
        self.media_open = False
        self.offer = b""
        """What the relay made of the caller's offer: what the far end is sent."""
        self.answer_from = b""
        """The far end's SDP as it came, and `answer`, what the relay made of it: the same one is not asked twice."""
        self.answer = b""

    def end(self, status: int | None, cause: ReleaseCause | None, now: Instant) -> None:
        """Its first ending counts."""
        if self.ended_at is None:
            self.ended_at = now
            self.status = status
            self.cause = cause
