"""A call as the journal tells of it: `entry` read back into messages, flows and milestones, whole or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, final

from trunkline.domain.call.command import Side
from trunkline.domain.call.exchange import Agreement
from trunkline.domain.call.leg import sdp_of
from trunkline.domain.call.release_cause import Party, ReleaseCause
from trunkline.domain.record.attempt import CallAttempt, attempt_from_json
from trunkline.domain.record.call_record import Direction
from trunkline.domain.record.cause_codec import cause_from_json
from trunkline.domain.record.errors import MalformedRecord
from trunkline.kit.ids import CallSid
from trunkline.platform.journal.journal import RECORDED
from trunkline.protocol.sip.message.errors import MalformedMessage, UnframeableMessage
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow, TlsTerms
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.journal.entry import Fields


class UnreadableEntry(Exception):
    """The journal's word about a call makes no sense; the call cannot be taken back."""


@final
@dataclass(slots=True)
class SavedAttempt:
    """One INVITE that we sent."""

    index: int
    target: str
    carrier: str | None
    flow: Flow
    relay: str
    at: float
    request: Request
    answers: list[Response] = field(default_factory=list)
    """2xx of the far end, one for each dialog; the first is the one that counts."""
    ended: bool = False


@final
@dataclass(slots=True)
class Ending:
    """Why and when a call was to end."""

    cause: ReleaseCause
    by: Party
    at: float
    interrupted: bool


@final
@dataclass(slots=True)
class Turn:
    """Where requests to one side go since its last re-INVITE or ACK; "" leaves the target as it was."""

    flow: Flow
    target: str = ""


@final
class SavedCall:
    """Times are UNIX seconds; None = not reached."""

    def __init__(self, sid: CallSid, admitted: Fields) -> None:
        self.sid = sid
        self.direction = Direction(admitted["direction"])
        self.flow = _flow(admitted["flow"])
        self.tag = str(admitted["tag"])
        self.request = _request(admitted)
        self.admitted = admitted
        self.invited_at = float(admitted["invited_at"])
        self.trying_at: float | None = None
        self.ringing_at: float | None = None
        self.answered_at: float | None = None
        self.attempts: dict[int, SavedAttempt] = {}
        self.tried: dict[int, CallAttempt] = {}
        """What is known of the endings of attempts."""
        self.kept_attempt = -1
        """The one that was answered to the caller."""
        self.answer: Response | None = None
        self.codec: str | None = None
        self.confirmed = False
        self.turns: dict[Side, Turn] = {}
        self.late_answer = b""
        """Out of the caller's ACK, where our 200 held the offer."""
        self.reinvite: tuple[Side, Request, Flow] | None = None
        self.changed_to: Agreement | None = None
        """What a re-INVITE agreed on last."""
        self.unsettled = False
        """Whether the relay may know of an offer that came to nothing."""
        self.ending: Ending | None = None
        self.recorded = False
        self.inbound_ended = False
        self.lives = 0
        """How many processes had it before."""

    @classmethod
    def read(cls, sid: CallSid, entries: Iterable[tuple[str, Fields]]) -> "SavedCall":
        """Raises UnreadableEntry."""
        try:
            kinds = iter(entries)
            kind, fields = next(kinds, ("", {}))
            if kind != entry.ADMITTED:
                raise UnreadableEntry(f"{sid}: {kind or 'nothing'} before {entry.ADMITTED}")
            call = cls(sid, fields)
            for kind, fields in kinds:
                call._take(kind, fields)
        except (KeyError, TypeError, ValueError, IndexError, MalformedMessage, UnframeableMessage) as error:
            raise UnreadableEntry(f"{sid}: {error!r}") from error
        return call

    def _take(self, kind: str, fields: Fields) -> None:
        match kind:
            case entry.SENT:
                self._sent(fields)
            case entry.PICKED_UP:
                self._picked_up(fields)
            case entry.ANSWERED:
                self._answered(fields)
            case entry.CONFIRMED:
                self.confirmed = True
                self._confirmed(fields)
            case entry.OFFERED:
                self.unsettled = True
                self.reinvite = (Side(fields["side"]), _request(fields), _flow(fields["flow"]))
            case entry.CHANGED:
                self._changed(fields)
            case entry.RELEASING:
                self._releasing(fields)
            case entry.ENDED:
                self._ended(int(fields["attempt"]))
            case entry.RESUMED:
                self.lives += 1
            case _ if kind == RECORDED:
                self.recorded = True
            case _:
                return  # of a later version

    def _sent(self, fields: Fields) -> None:
        index = int(fields["attempt"])
        self.attempts[index] = SavedAttempt(
            index,
            str(fields["target"]),
            fields["carrier"],
            _flow(fields["flow"]),
            str(fields["relay"]),
            float(fields["at"]),
            _request(fields),
        )
        self._know(fields.get("earlier", ()))

    def _know(self, attempts: Iterable[Any]) -> None:
        for known in map(attempt_from_json, attempts):
            self.tried[known.index] = known

    def _picked_up(self, fields: Fields) -> None:
        answers = self.attempts[int(fields["attempt"])].answers
        response = _response(fields)
        if all(response.to.tag != known.to.tag for known in answers):
            answers.append(response)

    def _answered(self, fields: Fields) -> None:
        self.kept_attempt = int(fields["attempt"])
        self.answered_at = float(fields["at"])
        self.codec = fields["codec"]
        self.answer = _response(fields)
        self._milestones(fields)

    def _milestones(self, fields: Fields) -> None:
        self.trying_at = fields["trying_at"]
        self.ringing_at = fields["ringing_at"]

    def _confirmed(self, fields: Fields) -> None:
        if "flow" in fields:
            self.turns[Side.INBOUND] = Turn(_flow(fields["flow"]))
        if "answer" in fields:
            self.late_answer, self.codec = _octets(fields["answer"]), fields["codec"]

    def _changed(self, fields: Fields) -> None:
        if not fields.get("asks", False):
            self.reinvite = None
        self.unsettled = not fields.get("settled", True)
        if "agreed" in fields:
            offerer, *texts = fields["agreed"]
            offer, answer, told_offer, told_answer = map(_octets, texts)
            self.changed_to = Agreement(Side(offerer), offer, answer, told_offer, told_answer)
        for side in Side:
            if side.value in fields:
                turn = fields[side.value]
                self.turns[side] = Turn(_flow(turn["flow"]), str(turn["target"]))

    @property
    def offer(self) -> bytes:
        """The caller's, b"" when it wanted one."""
        return sdp_of(self.request)

    @property
    def agreed(self) -> Agreement | None:
        """Where that is not simply the answer to the caller's offer."""
        sent = self.attempts.get(self.kept_attempt)
        if self.changed_to is not None or not self.late_answer or sent is None or self.answer is None:
            return self.changed_to
        offer = sdp_of(sent.answers[0]) if sent.answers else b""
        return Agreement(Side.OUTBOUND, offer, self.late_answer, self.answer.body, sent.request.body)

    def _releasing(self, fields: Fields) -> None:
        cause = cause_from_json(fields["cause"])
        self.ending = Ending(cause, Party(fields["by"]), float(fields["at"]), bool(fields["interrupted"]))
        self._know(fields["attempts"])
        self._milestones(fields)

    def _ended(self, attempt: int) -> None:
        if attempt == entry.INBOUND:
            self.inbound_ended = True
        elif attempt in self.attempts:
            self.attempts[attempt].ended = True


def _flow(fields: list[Any]) -> Flow:
    """Without its connection: that was the other process's."""
    terms = TlsTerms(str(fields[3]), bool(fields[4]), bool(fields[5])) if len(fields) > 3 else None
    return Flow(str(fields[0]), str(fields[1]), int(fields[2]), 0, terms)


def _octets(text: Any) -> bytes:
    return str(text).encode("utf-8", "surrogateescape")


def _request(fields: Fields) -> Request:
    message = parse(_octets(fields["request"]))
    if not isinstance(message, Request):
        raise MalformedRecord("a response where a request was kept")
    return message


def _response(fields: Fields) -> Response:
    message = parse(_octets(fields["response"]))
    if not isinstance(message, Response):
        raise MalformedRecord("a request where a response was kept")
    return message
