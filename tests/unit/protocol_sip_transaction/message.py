"""Messages for the transaction tests."""

from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow

PHONE = Flow("UDP", "192.0.2.9", 5060)
STREAM = Flow("TCP", "192.0.2.9", 40000, 7)


def request(
    method: str = "INVITE",
    *,
    branch: str = "z9hG4bK-1",
    transport: str = "UDP",
    sent_by: str = "192.0.2.9:5060",
    via_params: str = ";rport",
    call_id: str = "call-1",
    cseq: int = 1,
    cseq_method: str = "",
    from_tag: str = "alice",
    to_tag: str = "",
    uri: str = "sip:+15005550100@192.0.2.1",
    extra: str = "",
) -> Request:
    """A request as it came off the wire, its Via not yet stamped."""
    branch_param = f";branch={branch}" if branch else ""
    to = f"<{uri}>;tag={to_tag}" if to_tag else f"<{uri}>"
    text = (
        f"{method} {uri} SIP/2.0\r\n"
        f"Via: SIP/2.0/{transport} {sent_by}{branch_param}{via_params}\r\n"
        "Max-Forwards: 70\r\n"
        f"From: <sip:+15005550199@192.0.2.9>;tag={from_tag}\r\n"
        f"To: {to}\r\n"
        f"Call-ID: {call_id}\r\n"
        f"CSeq: {cseq} {cseq_method or method}\r\n"
        f"{extra}"
        "Content-Length: 0\r\n\r\n"
    )
    message = parse(text.encode())
    assert isinstance(message, Request)
    return message


def response(to: Request, status: int, to_tag: str = "bob") -> Response:
    """A response to that request, as it came off the wire."""
    message = parse(to.respond(status, to_tag=to_tag).to_bytes())
    assert isinstance(message, Response)
    return message
