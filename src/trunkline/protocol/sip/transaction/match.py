"""Which transaction a message belongs to (RFC 3261 sections 17.1.3, 17.2.3), and where responses go (18.2.2)."""

from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.message.via import MAGIC_COOKIE, Via
from trunkline.protocol.sip.transaction.flow import Flow

Key = tuple[str, ...]


def client_key(message: Request | Response) -> Key:
    """Branch and CSeq method (section 17.1.3)."""
    return (message.via.branch, message.cseq[1])


def server_key(request: Request, method: str) -> Key:
    """Branch, sent-by and method; `method` is INVITE for an ACK and where a CANCEL looks for its INVITE.

    Peers of RFC 2543 send no usable branch: then everything that section 17.2.3 lists, less the To tag.
    """
    via = request.via
    branch = via.branch
    if branch.startswith(MAGIC_COOKIE) and len(branch) > len(MAGIC_COOKIE):
        return (branch, via.sent_by, method)
    return (request.uri_text, request.from_.tag, request.call_id, str(request.cseq[0]), str(via), method)


def is_legacy(key: Key) -> bool:
    """Whether a server key is one of an RFC 2543 peer."""
    return len(key) > 3


def invite_key(request: Request) -> Key:
    """What an INVITE, its CANCEL and its ACK share whatever happens to their Via on the way."""
    return (request.call_id, str(request.cseq[0]), request.from_.tag)


def reply_flow(via: Via, flow: Flow) -> Flow:
    """Where responses go (section 18.2.2, RFC 3581 section 4): over the same stream, or to the packet's source.

    The source's port counts only where rport asks for it, else sent-by's does. `maddr` is ignored: it would let a
    request choose whom the responses hit.
    """
    if flow.reliable or via.reply_port == flow.port or via.param("rport") is not None:
        return flow
    return Flow(flow.transport, flow.address, via.reply_port)


def reconnect_flow(via: Via, flow: Flow) -> Flow:
    """Where responses go when their stream is gone: a new one to the source's address and sent-by's port."""
    return Flow(flow.transport, flow.address, via.reply_port, 0, flow.tls)
