"""Every call of the process by its call-id, and what each command does to it."""

from trunkline.kit.instant import Instant
from trunkline.protocol.ng.bencode import BInput
from trunkline.protocol.ng.command import Answer, Command, Delete, ListCalls, Offer, Ping, Query, Recording
from trunkline.protocol.sdp.errors import MalformedSdp
from trunkline.protocol.sdp.session import parse
from trunkline.service.relay.call import Ground, RelayCall
from trunkline.service.relay.errors import Refusal
from trunkline.service.relay.report import final_counters, statistics

UNKNOWN_CALL = "Unknown call-id"
NOTHING_TO_DELETE = "Call-ID not found or tags didn't match"
MAX_ANSWER = 60000
"""Octets of an answer that still fits a datagram."""


class CallTable:
    """Executes commands; a refusal leaves everything as it was."""

    __slots__ = ("_calls", "_ground", "_idle_s")

    def __init__(self, ground: Ground, idle_s: float) -> None:
        self._ground = ground
        self._idle_s = idle_s
        self._calls: dict[str, RelayCall] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def execute(self, command: Command, now: Instant) -> dict[str, BInput]:
        """The answer; what the protocol calls an error is a Refusal raised."""
        try:
            return self._execute(command, now)
        except MalformedSdp as error:
            raise Refusal(f"Failed to parse SDP: {error.reason}") from error

    def _execute(self, command: Command, now: Instant) -> dict[str, BInput]:
        match command:
            case Offer():
                return {"result": "ok", "sdp": self._offer(command, now)}
            case Answer():
                return {"result": "ok", "sdp": self._answer(command, now)}
            case Delete():
                return self._delete(command, now)
            case Query():
                return self._query(command, now)
            case ListCalls():
                return {"result": "ok", "calls": self._list(command.limit)}
            case Ping():
                return {"result": "pong"}
            case Recording():
                raise Refusal("not supported")

    def sweep(self, now: Instant) -> list[str]:
        """Ends calls that belong to nobody any more; their call-ids, for the log."""
        gone = [call for call in self._calls.values() if now - call.last_sign() > self._idle_s]
        for call in gone:
            del self._calls[call.call_id]
            call.close(now)
        return [call.call_id for call in gone]

    def close(self, now: Instant) -> None:
        """Ends everything."""
        for call in self._calls.values():
            call.close(now)
        self._calls.clear()

    def _offer(self, command: Offer, now: Instant) -> bytes:
        if command.transport not in {"", "RTP/AVP"}:
            raise Refusal("transport protocol not supported")
        session = parse(command.sdp)
        call = self._calls.get(command.call_id)
        if call is None:
            call = RelayCall(command.call_id, command.from_tag, self._ground, now)
        rewritten = call.offer(command, session, now)
        self._calls[command.call_id] = call
        self._touch(call, now)
        return rewritten

    def _answer(self, command: Answer, now: Instant) -> bytes:
        call = self._known(command.call_id)
        rewritten = call.answer(command, parse(command.sdp), now)
        self._touch(call, now)
        return rewritten

    def _delete(self, command: Delete, now: Instant) -> dict[str, BInput]:
        call = self._calls.get(command.call_id)
        tag = command.from_tag
        if call is None or (tag and tag not in call.legs):
            if command.fatal:
                raise Refusal(NOTHING_TO_DELETE)
            return {"result": "ok", "warning": NOTHING_TO_DELETE}
        if tag and tag != call.opener and len(call.legs) > 1:
            report = final_counters(call, [call.legs[tag]], now, self._ground.wall())
            call.drop_leg(tag, now)
            self._touch(call, now)
            return report
        report = final_counters(call, call.all_legs(), now, self._ground.wall())
        del self._calls[command.call_id]
        call.close(now)
        return report

    def _query(self, command: Query, now: Instant) -> dict[str, BInput]:
        call = self._known(command.call_id)
        call.touched = now
        return statistics(call, call.all_legs(), now, self._ground.wall())

    def _list(self, limit: int) -> list[BInput]:
        found: list[BInput] = []
        room = MAX_ANSWER
        for call_id in self._calls:
            room -= len(call_id) + 6
            if len(found) >= limit or room < 0:
                break
            found.append(call_id)
        return found

    def _known(self, call_id: str) -> RelayCall:
        call = self._calls.get(call_id)
        if call is None:
            raise Refusal(UNKNOWN_CALL)
        return call

    def _touch(self, call: RelayCall, now: Instant) -> None:
        call.touched = now
        call.last_signal_at = self._ground.wall()
