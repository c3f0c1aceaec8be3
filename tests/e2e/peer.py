"""A caller and a callee of the tests' own, one call each, written step by step by the test that drives them."""

import re
import secrets
from collections.abc import Sequence

from tests.e2e.sip import Sip, Wire, answer_to_challenge, read, sdp, write

Headers = Sequence[tuple[str, str]]
RTP_PORT = 40000


class Dialog:
    """What both ends keep: the names of the call, and how requests within it are written."""

    def __init__(self, wire: Wire, call_id: str, near: str, far: str, target: str) -> None:
        self.wire = wire
        self.call_id = call_id
        self.near = near  # From value of our own requests, tag included
        self.far = far
        self.target = target
        self.cseq = 0
        self.contact_host = ""  # that of the wire

    def via(self, branch: str = "") -> tuple[str, str]:
        host, port = self.wire.address
        where = f"{host}:{port};branch={branch or 'z9hG4bK' + secrets.token_hex(8)};rport"
        return "Via", f"SIP/2.0/{self.wire.transport} {where}"

    def contact(self) -> tuple[str, str]:
        host, port = self.wire.address
        host = self.contact_host or host
        return "Contact", f"<sip:me@{host}:{port};transport={self.wire.transport.lower()}>"

    def request(
        self,
        method: str,
        *,
        body: str = "",
        extra: Headers = (),
        cseq: int | None = None,
        via: tuple[str, str] | None = None,
    ) -> bytes:
        """Write a request of this dialog and send it; the octets, for repeating."""
        if cseq is None:
            self.cseq += 1
        headers = [via or self.via(), ("Max-Forwards", "70"), ("From", self.near), ("To", self.far)]
        headers += [("Call-ID", self.call_id), ("CSeq", f"{cseq or self.cseq} {method}"), self.contact(), *extra]
        if body and not any(name == "Content-Type" for name, _ in extra):
            headers.append(("Content-Type", "application/sdp"))
        data = write(f"{method} {self.target} SIP/2.0", headers, body)
        self.wire.send(data)
        return data

    def expect(self, *wanted: int | str, seconds: float = 5.0) -> Sip:
        return self.wire.expect(*wanted, seconds=seconds, call_id=self.call_id)

    def respond(self, request: Sip, status: int, phrase: str = "X", *, body: str = "", extra: Headers = ()) -> bytes:
        """Answer one request with the tag of this end."""
        headers = [("Via", value) for value in request.all("via")]
        to = request.get("to")
        tag = re.search(r";tag=[^;>]+$", self.near)
        if ";tag=" not in to and status > 100 and tag:
            to += tag.group(0)
        headers += [("From", request.get("from")), ("To", to), ("Call-ID", request.call_id)]
        headers.append(("CSeq", request.get("cseq")))
        if not any(name == "Contact" for name, _ in extra):
            headers.append(self.contact())
        headers += extra
        if body:
            headers.append(("Content-Type", "application/sdp"))
        data = write(f"SIP/2.0 {status} {phrase}", headers, body)
        self.wire.send(data)
        return data

    def bye(self) -> Sip:
        """Hang up; the answer to the BYE."""
        self.request("BYE")
        return self.expect(200)

    def expect_bye(self, seconds: float = 5.0) -> Sip:
        """The other end hangs up; answered 200."""
        bye = self.expect("BYE", seconds=seconds)
        self.respond(bye, 200, "OK")
        return bye

    def ack(self, cseq: int | None = None, body: str = "") -> None:
        self.request("ACK", cseq=cseq or self.cseq, body=body)

    def reinvite(self, body: str) -> Sip:
        """Offer `body`; the final answer, acknowledged."""
        self.request("INVITE", body=body)
        final = self.expect(200, 488, 491, 500, 503)
        self.ack()
        return final


class Caller(Dialog):
    """Places one call: a customer's to a trunk domain, or a carrier's to a number."""

    def __init__(self, wire: Wire, number: str, to: str, domain: str, *, rtp_port: int = RTP_PORT) -> None:
        self.uri = f"sip:{to}@{domain}"
        self.rtp_port = rtp_port
        near = f"<sip:{number}@{wire.address[0]}>;tag={secrets.token_hex(6)}"
        super().__init__(wire, secrets.token_hex(12), near, f"<{self.uri}>", self.uri)
        self.invite_via = self.via()
        self.answered = Sip("", (), b"")
        """The 200 that established the call."""

    def invite(
        self, *, body: str | None = None, extra: Headers = (), login: tuple[str, str] | None = None, near: str = ""
    ) -> bytes:
        """Send the INVITE; with `login` also the answer to the challenge, whose 407 must come first."""
        if near:
            self.near = f"{near};tag={secrets.token_hex(6)}"
        offer = sdp(self.wire.address[0], self.rtp_port) if body is None else body
        self.invite_via = self.via()
        data = self.request("INVITE", body=offer, extra=extra, via=self.invite_via)
        if login is None:
            return data
        credentials = self.challenged(login)
        self.invite_via = self.via()
        return self.request(
            "INVITE", body=offer, extra=[*extra, ("Proxy-Authorization", credentials)], via=self.invite_via
        )

    def challenged(self, login: tuple[str, str]) -> str:
        """The 407 comes and is acknowledged; the credentials for the next try."""
        challenge = self.expect(407)
        self.ack_failure(challenge)
        return answer_to_challenge(challenge.get("proxy-authenticate"), *login, self.uri)

    def ack_failure(self, final: Sip) -> None:
        """ACK of a 3xx-6xx: the INVITE's own branch and R-URI (RFC 3261 section 17.1.1.3)."""
        headers = [self.invite_via, ("Max-Forwards", "70"), ("From", self.near), ("To", final.get("to"))]
        headers += [("Call-ID", self.call_id), ("CSeq", f"{self.cseq} ACK")]
        self.wire.send(write(f"ACK {self.uri} SIP/2.0", headers))

    def refused(self, *wanted: int, seconds: float = 5.0) -> Sip:
        """The final refusal, acknowledged; any other final answer fails the test."""
        final = self.expect(*range(200, 700), seconds=seconds)
        self.ack_failure(final)
        assert final.status in wanted, f"{final.start} instead of {wanted}"
        return final

    def established(self, seconds: float = 5.0) -> Sip:
        """The 200 comes and is acknowledged."""
        final = self.expect(*range(200, 700), seconds=seconds)
        assert final.status == 200, final.start
        self.take(final)
        self.ack()
        self.answered = final
        return final

    def take(self, answer: Sip) -> None:
        """Learn the far end's tag and Contact of a dialog-making response."""
        self.far = answer.get("to")
        self.target = answer.contact()

    def cancel(self) -> None:
        headers = [self.invite_via, ("Max-Forwards", "70"), ("From", self.near), ("To", f"<{self.uri}>")]
        headers += [("Call-ID", self.call_id), ("CSeq", f"{self.cseq} CANCEL")]
        self.wire.send(write(f"CANCEL {self.uri} SIP/2.0", headers))


class Callee(Dialog):
    """Takes one call that comes in on a wire."""

    def __init__(self, wire: Wire, invite: Sip, rtp_port: int = RTP_PORT) -> None:
        near = f"{invite.get('to')};tag={secrets.token_hex(6)}"
        super().__init__(wire, invite.call_id, near, invite.get("from"), invite.contact())
        self.invite = invite
        self.rtp_port = rtp_port

    @classmethod
    def on(cls, wire: Wire, seconds: float = 5.0, rtp_port: int = RTP_PORT) -> "Callee":
        """Waits for an INVITE."""
        return cls(wire, wire.expect("INVITE", seconds=seconds), rtp_port)

    def ring(self, status: int = 180, body: str = "") -> None:
        self.respond(self.invite, status, "Ringing", body=body)

    def answer(self, body: str | None = None) -> bytes:
        """200 with SDP; sent, not yet acknowledged."""
        return self.respond(
            self.invite, 200, "OK", body=sdp(self.wire.address[0], self.rtp_port) if body is None else body
        )

    def accept(self) -> Sip:
        """200, and its ACK, which is returned."""
        self.answer()
        return self.expect("ACK")

    def talk_with(self, caller: Caller) -> None:
        """Takes the call of `caller`, who hangs up."""
        self.accept()
        caller.established()
        caller.bye()
        self.expect_bye()

    def refuse(self, status: int, phrase: str = "No", extra: Headers = ()) -> Sip:
        """A final refusal, and its ACK."""
        self.respond(self.invite, status, phrase, extra=extra)
        return self.expect("ACK")

    def take_reinvite(self, body: str) -> Sip:
        """The other end's re-INVITE, answered with `body`; the re-INVITE."""
        offer = self.expect("INVITE")
        self.respond(offer, 200, "OK", body=body)
        self.expect("ACK")
        return offer


def branch_of(data: bytes) -> str:
    found = re.search(r"branch=([^;]+)", read(data).get("via"))
    assert found
    return found.group(1)
