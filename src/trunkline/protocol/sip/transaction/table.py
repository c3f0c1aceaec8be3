"""Every transaction that lives, and how messages find theirs (RFC 3261 sections 17.1.3, 17.2.3, 9.2, 8.2.2.2)."""

from collections.abc import Iterator
from enum import Enum
from itertools import chain
from typing import Final

from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.invite_client import InviteClientState, InviteClientTransaction
from trunkline.protocol.sip.transaction.invite_server import InviteServerState, InviteServerTransaction
from trunkline.protocol.sip.transaction.match import Key, invite_key, is_legacy, reconnect_flow, server_key
from trunkline.protocol.sip.transaction.non_invite_client import NonInviteClientState, NonInviteClientTransaction
from trunkline.protocol.sip.transaction.non_invite_server import NonInviteServerTransaction

AnyClient = InviteClientTransaction | NonInviteClientTransaction
AnyServer = InviteServerTransaction | NonInviteServerTransaction

_OWED: Final[frozenset[Enum]] = frozenset(
    {
        InviteClientState.CALLING,
        InviteClientState.PROCEEDING,
        NonInviteClientState.TRYING,
        NonInviteClientState.PROCEEDING,
        InviteServerState.COMPLETED,
    }
)


class TransactionTable:
    """`clients` and `servers` are by their keys (`match`)."""

    __slots__ = ("_beside", "_invites", "clients", "servers")

    def __init__(self) -> None:
        self.clients: dict[Key, AnyClient] = {}
        self.servers: dict[Key, AnyServer] = {}
        self._invites: dict[Key, InviteServerTransaction] = {}
        self._beside: dict[tuple[str, str, int], dict[AnyClient | AnyServer, None]] = {}

    def __len__(self) -> int:
        return len(self.clients) + len(self.servers)

    def __iter__(self) -> Iterator[AnyClient | AnyServer]:
        return chain(self.clients.values(), self.servers.values())

    def owed(self) -> Iterator[AnyClient | AnyServer]:
        """Those to which a far end still owes something: a response to us, or the ACK to a failure of ours.

        What else lives only absorbs repetitions. Walks through all: for the end of a process, not for every call.
        """
        for transaction in self:
            if transaction.state in _OWED:
                yield transaction

    # ---- in and out

    def add_client(self, transaction: AnyClient, key: Key) -> None:
        transaction.key = key
        self.clients[key] = transaction
        self._join(transaction, transaction.flow)

    def add_server(self, transaction: AnyServer, key: Key) -> None:
        transaction.key = key
        self.servers[key] = transaction
        if isinstance(transaction, InviteServerTransaction):
            self._invites.setdefault(invite_key(transaction.request), transaction)
        self._join(transaction, transaction.reply_flow)

    def remove(self, transaction: AnyClient | AnyServer) -> None:
        if isinstance(transaction, (InviteClientTransaction, NonInviteClientTransaction)):
            del self.clients[transaction.key]
        else:
            del self.servers[transaction.key]
            if isinstance(transaction, InviteServerTransaction):
                key = invite_key(transaction.request)
                if self._invites.get(key) is transaction:
                    del self._invites[key]
        self._part(transaction)

    # ---- whose a message is

    def acknowledged(self, ack: Request) -> InviteServerTransaction | None:
        """The INVITE whose failure an ACK is for (section 17.2.3); None for the ACK to a 2xx."""
        found = self._invite_with(server_key(ack, "INVITE"), ack)
        if found is not None and (not is_legacy(found.key) or _answers(found, ack)):
            return found
        # A peer whose Via changes from packet to packet would leave us repeating a failure until timer H.
        found = self._invites.get(invite_key(ack))
        if found is not None and found.state is InviteServerState.COMPLETED and _answers(found, ack):
            return found
        return None

    def invite_of(self, cancel: Request) -> InviteServerTransaction | None:
        """The INVITE that a CANCEL means (section 9.2), found by branch and sent-by.

        A peer behind a NAT may have changed its top Via since: then by Call-ID, CSeq number and From tag.
        """
        found = self._invite_with(server_key(cancel, "INVITE"), cancel)
        return found if found is not None else self._invites.get(invite_key(cancel))

    def _invite_with(self, key: Key, request: Request) -> InviteServerTransaction | None:
        found = self.servers.get(key)
        if found is None and is_legacy(key):
            # The INVITE of an RFC 2543 peer had no To tag, or the one of its dialog.
            found = self.servers.get((*key, "")) or self.servers.get((*key, request.to.tag))
        return found if isinstance(found, InviteServerTransaction) else None

    def merged_with(self, request: Request) -> InviteServerTransaction | None:
        """The other live transaction of an INVITE that came over two paths (section 8.2.2.2), or None."""
        first = self._invites.get(invite_key(request))
        return first if first is not None and first.request is not request else None

    # ---- by the far end

    def beside(self, flow: Flow) -> list[AnyClient | AnyServer]:
        """Those with the flow's far end, over whatever connection."""
        return list(self._beside.get((flow.transport, flow.address, flow.port), ()))

    def reroute(self, transaction: AnyServer) -> None:
        """Its stream broke: its responses take a new one to the Via's address (section 18.2.2)."""
        self._part(transaction)
        transaction.reply_flow = reconnect_flow(transaction.request.via, transaction.flow)
        self._join(transaction, transaction.reply_flow)

    def _join(self, transaction: AnyClient | AnyServer, flow: Flow) -> None:
        transaction.peer = peer = (flow.transport, flow.address, flow.port)
        beside = self._beside.get(peer)
        if beside is None:
            self._beside[peer] = {transaction: None}
        else:
            beside[transaction] = None

    def _part(self, transaction: AnyClient | AnyServer) -> None:
        beside = self._beside[transaction.peer]
        del beside[transaction]
        if not beside:
            del self._beside[transaction.peer]


def _answers(transaction: InviteServerTransaction, ack: Request) -> bool:
    """Whether an ACK names the To tag of our final response (section 17.2.3)."""
    response = transaction.last_response
    return response is not None and response.to.tag == ack.to.tag
