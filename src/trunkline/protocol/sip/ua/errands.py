"""Requests of the user's besides INVITE and what belongs to it: OPTIONS, or whatever a dialog is to carry."""

from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Header, Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.transaction import Transaction
from trunkline.protocol.sip.ua.core import Headers, UaCore
from trunkline.protocol.sip.ua.event import ResponseArrived


class Errand:
    """One request of the user's outside any INVITE: who asked, and within which session."""

    __slots__ = ("owner", "session")

    def __init__(self, owner: object, session: InviteSession | None) -> None:
        self.owner = owner
        self.session = session


class Errands:
    """What comes of each is told by one ResponseArrived."""

    __slots__ = ("_core",)

    def __init__(self, core: UaCore) -> None:
        self._core = core

    def within(
        self, session: InviteSession, method: str, owner: object, headers: Headers, body: bytes, now: Instant
    ) -> bool:
        """Send a request in the session's dialog; False without a dialog."""
        dialog = session.dialog
        if dialog is None or session.ended:
            return False
        hop = dialog.next_hop()
        request = dialog.next_request(method, self._core.via(hop))
        for name, value in headers:
            request.add(name, value)
        request.body = body
        self._core.layer.start_client(request, hop, Errand(owner, session), now)
        return True

    def outside(
        self, method: str, uri: str, flow: Flow, owner: object, headers: Headers, from_text: str, now: Instant
    ) -> None:
        """Send a request out of dialog."""
        core = self._core
        local = from_text or core.local.contact(flow.transport)
        lines: list[Header] = [
            ("via", "Via", core.via(flow)),
            ("max-forwards", "Max-Forwards", "70"),
            ("from", "From", f"{local};tag={core.ids.tag()}"),
            ("to", "To", f"<{uri}>"),
            ("call-id", "Call-ID", core.ids.call_id()),
            ("cseq", "CSeq", f"1 {method}"),
            ("contact", "Contact", core.local.contact(flow.transport)),
            ("user-agent", "User-Agent", core.identity.product),
        ]
        request = Request(method, uri, lines)
        for name, value in headers:
            request.add(name, value)
        self._core.layer.start_client(request, flow, Errand(owner, None), now)

    def answered(self, errand: Errand, transaction: Transaction, response: Response) -> None:
        if response.status >= 200:
            self._core.events.append(ResponseArrived(errand.owner, transaction.request, response))

    def failed(self, errand: Errand, transaction: Transaction) -> None:
        """No response will come."""
        self._core.events.append(ResponseArrived(errand.owner, transaction.request, None))
