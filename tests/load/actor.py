"""A PBX or a carrier with many calls at once, each by its script; it writes down what it sees and does."""

import asyncio
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from tests.e2e.sip import sdp
from tests.load.ledger import Ledger, Who
from tests.load.voice import Voice, Voices, media_address
from trunkline.kit.instant import Instant
from trunkline.kit.secret import Secret
from trunkline.platform.setting import clock
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.sipnet.endpoint import SipEndpoint
from trunkline.platform.sipnet.ingress import IngressGuard
from trunkline.protocol.sip.dialog.invite_session import InviteSession, SessionState
from trunkline.protocol.sip.digest.client import answer_challenge, choose_challenge
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua.event import (
    AckMissing,
    Acknowledged,
    ByeArrived,
    InviteAnswered,
    InviteArrived,
    InviteCancelled,
    InviteProgressed,
    InviteRefused,
    LateAnswer,
    RequestArrived,
    ResponseArrived,
    SessionEnded,
    UaEvent,
    UaOutput,
)
from trunkline.protocol.sip.ua.invite_offer import InviteOffer
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.protocol.sip.ua.user_agent import UserAgent

Address = tuple[str, int]
_BYE_ANSWERED = re.compile(rb"^SIP/2\.0 2.*\r\nCSeq: *\d+ +BYE", re.DOTALL | re.IGNORECASE)
_CALL_ID = re.compile(rb"\r\nCall-ID: *(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Script:
    """How one call goes; times are seconds, `talk_s` from the answer, the others from the INVITE."""

    number: str
    """This call's own: dialled by a customer, or calling where a carrier calls."""
    out: bool = True
    """From the customer to the carrier."""
    answer_s: float | None = 0.0
    """None: it rings until it is cancelled."""
    status: int = 200
    talk_s: float | None = None
    """None: until it is told."""
    caller_ends: bool = True
    cancel_s: float | None = None


@dataclass(slots=True, eq=False)
class Line:
    """One call as one actor has it."""

    who: Who
    script: Script
    session: InviteSession
    voice: Voice | None = None
    statuses: list[int] = field(default_factory=list)
    over: bool = False


class Actor:
    """A user agent on an address of its own. Drives itself by the running loop; `open` and `close`."""

    def __init__(self, host: str, port: int, gateway: Address, ledger: Ledger, scripts: Mapping[str, Script]) -> None:
        self.address = (host, port)
        self._gateway = Flow("UDP", *gateway)
        self._ledger = ledger
        self._scripts = scripts
        self._ua = UserAgent(RandomIds(), LocalAddress(host, port), self)
        self._endpoint = SipEndpoint(self, self._heard, guard=IngressGuard(), on_bug=self._bug)
        self.lines: dict[tuple[Who, str], Line] = {}
        self.voices: Voices | None = None
        self.login: tuple[str, Secret[str]] | None = None
        self.anomalies: list[str] = []

    def open(self) -> None:
        self._endpoint.open([("UDP", *self.address)])

    def close(self) -> None:
        self._endpoint.close()

    def anomaly(self, kind: str, flow: Flow, detail: str) -> None:
        self.anomalies.append(f"{kind} {flow}: {detail}")

    def _bug(self, hint: object) -> None:
        raise AssertionError(f"the actor itself failed at {hint!r}")

    # ---- the pump's user: the user agent, with an ear for answered BYEs

    def receive(self, data: bytes, flow: Flow, now: Instant) -> None:
        if _BYE_ANSWERED.match(data) and (found := _CALL_ID.search(data)):
            self._bye_answered(found.group(1).decode())
        self._ua.receive(data, flow, now)

    def transport_failed(self, flow: Flow, error: str, now: Instant) -> None:
        """While the gateway is down its host says so by ICMP; a phone goes on trying (RFC 3261 allows either)."""

    def advance(self, now: Instant) -> None:
        self._ua.advance(now)

    def next_deadline(self) -> Instant | None:
        return self._ua.next_deadline()

    def poll(self) -> UaOutput | None:
        return self._ua.poll()

    # ---- what an actor does

    def dial(self, script: Script, to: str, domain: str, caller: str) -> Line:
        """Call through the platform."""
        voice = self.voices.open(self.address[0]) if self.voices else None
        uri = f"sip:{to}@{domain}"
        offer = InviteOffer(uri, f"<sip:{caller}@{self.address[0]}>", f"<{uri}>", self._sdp(voice))
        session = self._ua.invite(offer, self._gateway, None, clock.now())
        line = session.owner = Line("caller", script, session, voice)
        self.lines["caller", script.number] = line
        self._note(line, "invited")
        self._endpoint.pump()
        if script.cancel_s is not None:
            self._later(script.cancel_s, self._cancel, line)
        return line

    def hang_up(self, line: Line) -> None:
        if not line.over and line.session.state is SessionState.CONFIRMED:
            self._over(line, "bye sent")
            self._ua.release(line.session, clock.now())
            self._endpoint.pump()

    def _cancel(self, line: Line) -> None:
        if not line.over and line.session.state in {SessionState.CALLING, SessionState.PROCEEDING}:
            self._note(line, "cancel sent")
            self._ua.release(line.session, clock.now())
            self._endpoint.pump()

    def _later(self, seconds: float, act: Callable[[Line], None], line: Line) -> None:
        asyncio.get_running_loop().call_later(seconds, act, line)

    def _sdp(self, voice: Voice | None) -> bytes:
        return sdp(self.address[0], voice.port if voice else 40000).encode()

    def _note(self, line: Line, what: str, status: int = 0) -> None:
        self._ledger.note(line.who, line.script.number, line.session.call_id, what, status)

    def _over(self, line: Line, what: str, status: int = 0) -> None:
        if not line.over:
            line.over = True
            self._note(line, what, status)
            if line.voice is not None and self.voices is not None:
                self.voices.hush(line.voice)

    def _bye_answered(self, call_id: str) -> None:
        for session in self._ua.sessions():
            if session.call_id == call_id and isinstance(session.owner, Line):
                self._note(session.owner, "bye answered")
                return

    # ---- what it hears

    def _heard(self, output: object) -> None:
        event = cast("UaEvent", output)  # what `poll` gave
        match event:
            case InviteArrived(session=session, request=request):
                self._arrive(session, request)
            case RequestArrived(transaction=transaction, session=session):
                self._ua.respond(transaction, 200 if session or transaction.request.method == "OPTIONS" else 481,
                                 clock.now())  # fmt: skip
            case ResponseArrived():
                return
            case SessionEnded(owner=owner):
                if isinstance(owner, Line):
                    self._over(owner, "no answer")
            case _:
                if isinstance(event.session.owner, Line):
                    self._told(event.session.owner, event)

    def _told(self, line: Line, event: UaEvent) -> None:
        match event:
            case InviteProgressed(response=response):
                if response.status not in line.statuses:
                    self._note(line, "trying" if response.status == 100 else "ringing", response.status)
                line.statuses.append(response.status)
            case InviteAnswered(response=response):
                self._note(line, "answered")
                self._talk(line, response.body)
            case InviteRefused(response=None):
                self._over(line, "no answer")
            case InviteRefused(session=session, response=Response() as response):
                self._refused(line, session, response)
            case LateAnswer():
                self._over(line, "late answer")
            case InviteCancelled():
                self._over(line, "cancelled")
            case Acknowledged():
                self._note(line, "confirmed")
                self._talk(line, line.session.request.body)
            case AckMissing(session=session):
                self._over(line, "no answer")
                self._ua.release(session, clock.now())
            case ByeArrived():
                self._over(line, "bye received")
            case _:
                return

    def _refused(self, line: Line, session: InviteSession, response: Response) -> None:
        line.statuses.append(response.status)
        if response.status == 407 and self.login and line.statuses.count(407) < 5 and not session.cancel_wanted:
            challenge = choose_challenge(response.get_all("proxy-authenticate"))
            uri = session.request.uri_text
            credentials = answer_challenge(challenge, "INVITE", uri, *self.login, secrets.token_hex(4))
            self._ua.invite_again(session, "Proxy-Authorization", credentials, clock.now())
        else:
            self._over(line, "refused", response.status)

    def _talk(self, line: Line, remote_sdp: bytes) -> None:
        if line.voice is not None and self.voices is not None:
            self.voices.talk(line.voice, media_address(remote_sdp))
        script = line.script
        if script.talk_s is not None and script.caller_ends is (line.who == "caller"):
            self._later(script.talk_s, self.hang_up, line)

    # ---- being called

    def _arrive(self, session: InviteSession, request: Request) -> None:
        numbers = (request.uri.plain_user, request.from_.uri.plain_user)
        script = next((self._scripts[number] for number in numbers if number in self._scripts), None)
        if script is None:
            self._ua.refuse(session, 404, clock.now())
            self.anomalies.append(f"an INVITE of nobody: {numbers}")
            return
        voice = self.voices.open(self.address[0]) if self.voices else None
        line = session.owner = Line("callee", script, session, voice)
        self.lines["callee", script.number] = line
        self._note(line, "invited")
        self._ua.progress(session, 180, clock.now())
        if script.answer_s is not None:
            self._later(script.answer_s, self._answer, line)

    def _answer(self, line: Line) -> None:
        if line.over:
            return
        if line.script.status != 200:
            self._over(line, "refused", line.script.status)
            self._ua.refuse(line.session, line.script.status, clock.now())
        else:
            self._note(line, "answered")
            self._ua.accept(line.session, self._sdp(line.voice), clock.now())
        self._endpoint.pump()

    @property
    def is_quiet(self) -> bool:
        """Nothing lives in its user agent."""
        return not self._ua.session_count
