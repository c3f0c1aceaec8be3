"""Dialogs (RFC 3261 section 12): identifiers, route set, remote target, sequence numbers, and requests within them."""

from ipaddress import ip_address
from typing import Final

from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.message import Header, Message, Request, Response
from trunkline.protocol.sip.message.name_addr import parse_name_addr
from trunkline.protocol.sip.message.uri import Uri, parse_uri
from trunkline.protocol.sip.transaction.flow import Flow

MAX_FORWARDS: Final = "70"


class Dialog:
    """One peer-to-peer relationship. Texts are kept as received, so that they go back octet for octet.

    `flow` is where the peer was last seen (design, decision 14): without a route set, requests go there although
    their Request-URI stays the Contact, which is what works through a NAT.
    """

    __slots__ = (
        "call_id",
        "flow",
        "local_cseq",
        "local_tag",
        "local_text",
        "remote_cseq",
        "remote_tag",
        "remote_target",
        "remote_text",
        "route_set",
    )

    def __init__(
        self,
        call_id: str,
        local_tag: str,
        local_text: str,
        remote_tag: str,
        remote_text: str,
        remote_target: str,
        route_set: tuple[str, ...],
        local_cseq: int,
        remote_cseq: int | None,
        flow: Flow,
    ) -> None:
        self.call_id = call_id
        self.local_tag = local_tag
        self.local_text = local_text
        self.remote_tag = remote_tag
        self.remote_text = remote_text
        self.remote_target = remote_target
        self.route_set = route_set
        self.local_cseq = local_cseq
        self.remote_cseq = remote_cseq
        self.flow = flow

    @classmethod
    def of_uac(cls, request: Request, response: Response, flow: Flow) -> "Dialog":
        """The dialog that a response with a To tag gives the caller (section 12.1.2)."""
        target = _contact_text(response) or request.uri_text
        return cls(
            call_id=request.call_id,
            local_tag=request.from_.tag,
            local_text=request.get("from") or "",
            remote_tag=response.to.tag,
            remote_text=response.get("to") or "",
            remote_target=target,
            route_set=tuple(reversed(response.members("record-route"))),
            local_cseq=request.cseq[0],
            remote_cseq=None,
            flow=flow,
        )

    @classmethod
    def of_uas(cls, request: Request, local_tag: str, flow: Flow) -> "Dialog":
        """The dialog that our tag gives the callee (section 12.1.1)."""
        local_text = request.get("to") or ""
        if not request.to.tag:
            local_text = f"{local_text};tag={local_tag}"
        return cls(
            call_id=request.call_id,
            local_tag=local_tag,
            local_text=local_text,
            remote_tag=request.from_.tag,
            remote_text=request.get("from") or "",
            remote_target=_contact_text(request) or request.from_.uri_text,
            route_set=tuple(request.members("record-route")),
            local_cseq=0,
            remote_cseq=request.cseq[0],
            flow=flow,
        )

    def next_request(self, method: str, via: str, cseq: int | None = None) -> Request:
        """A request within the dialog (section 12.2.1.1); a new CSeq number unless one is given (ACK, CANCEL)."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        uri, routes = self._request_line()
        headers: list[Header] = [
            ("via", "Via", via),
            ("max-forwards", "Max-Forwards", MAX_FORWARDS),
            ("from", "From", self.local_text),
            ("to", "To", self.remote_text),
            ("call-id", "Call-ID", self.call_id),
            ("cseq", "CSeq", f"{cseq} {method}"),
        ]
        headers.extend([("route", "Route", route) for route in routes])
        return Request(method, uri, headers)

    def _request_line(self) -> tuple[str, tuple[str, ...]]:
        """Request-URI and Route values: loose routing, or the strict swap of section 12.2.1.1."""
        if not self.route_set:
            return self.remote_target, ()
        first = parse_name_addr(self.route_set[0])
        if first.uri.param("lr") is not None:
            return self.remote_target, self.route_set
        return first.uri_text, (*self.route_set[1:], f"<{self.remote_target}>")

    def next_hop(self) -> Flow:
        """Where a request in this dialog goes now.

        A route set names the adjacent proxy; its address is taken from the route when it is numeric, else from
        where that proxy was last seen, since the core does not resolve names.
        """
        if not self.route_set:
            return self.flow
        try:
            uri = parse_name_addr(self.route_set[0]).uri
        except MalformedMessage:
            return self.flow
        return numeric_flow(uri, self.flow) or self.flow

    def accepts(self, cseq: int) -> bool:
        """Whether a request's number is in order (section 12.2.2); remembers it if so."""
        if self.remote_cseq is not None and cseq <= self.remote_cseq:
            return False
        self.remote_cseq = cseq
        return True

    def refresh_target(self, message: Message) -> None:
        """Take the Contact of a target refresh (section 12.2)."""
        self.remote_target = _contact_text(message) or self.remote_target

    def lose_connection(self) -> None:
        """The stream is gone: the next request connects to the Contact instead (design, decision 14).

        What was TLS stays TLS, whatever transport the Contact names, and asks the same of the far end. What was TCP
        stays TCP where the Contact names none: RFC 3263 section 4.1 would say UDP, where such a peer does not listen.
        """
        seen = self.flow
        try:
            uri = parse_uri(self.remote_target)
            flow = numeric_flow(uri, None)
        except MalformedMessage:
            flow = None
        else:
            if flow is not None and seen.transport == "TLS":
                flow = Flow("TLS", flow.address, uri.port or 5061, 0, seen.tls)
            elif flow is not None and not uri.transport and flow.transport == "UDP":
                flow = Flow(seen.transport, flow.address, flow.port)
        self.flow = flow or seen.unconnected()


def _contact_text(message: Message) -> str:
    contact = message.contact
    return contact.uri_text if contact is not None else ""


def numeric_flow(uri: Uri, seen: Flow | None) -> Flow | None:
    """The flow of a URI whose host is an address; `seen` is kept when it already leads there."""
    try:
        address = str(ip_address(uri.address))
    except ValueError:
        return None
    transport = "TLS" if uri.scheme == "sips" else (uri.transport.upper() or "UDP")
    port = uri.port or (5061 if transport == "TLS" else 5060)
    if seen is not None and seen.transport == transport and seen.address == address and transport != "UDP":
        return seen
    return Flow(transport, address, port, 0, seen.tls if seen is not None and transport == "TLS" else None)
