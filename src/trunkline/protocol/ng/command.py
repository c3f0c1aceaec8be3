"""The commands of the ng protocol that a trunk needs, as values, to and from their dictionaries.

Keys, flags and their spelling are rtpengine's (`docs/ng_control_protocol.md` of that project, release 10.5).
"""

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from typing import TypeAlias

from trunkline.protocol.ng.bencode import BInput, BValue, encode
from trunkline.protocol.ng.errors import MalformedNg


class SourceRule(Enum):
    """Whose RTP a leg may send us, and where its own goes (features.md rows 86 and 87).

    The value is the list of rtpengine flags. A rule speaks of the sender of the SDP it comes with.
    """

    STRICT = ("strict-source", "endpoint-learning-off")
    """Only the address of the SDP, both ways."""
    SYMMETRIC = ("strict-source", "endpoint-learning-immediate")
    """The source of the first packet, then only that one."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An SDP offer from the leg `from_tag` to the leg `to_tag`; the answer to it is Ok with an SDP."""

    call_id: str
    from_tag: str
    sdp: bytes
    to_tag: str = ""
    via_branch: str = ""
    source: SourceRule = SourceRule.STRICT
    transport: str = ""
    received_from: str = ""
    """The address the SIP message came from: a symmetric leg behind NAT is likelier there than anywhere else."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The SDP of the leg `to_tag`, in answer to the offer of the leg `from_tag`."""

    call_id: str
    from_tag: str
    to_tag: str
    sdp: bytes
    via_branch: str = ""
    source: SourceRule = SourceRule.STRICT
    received_from: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """End the leg `from_tag`, or the whole call when that leg opened it or is not named."""

    call_id: str
    from_tag: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    call_id: str


@dataclass(frozen=True, slots=True)
class ListCalls:
    limit: int = 32


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Recording:
    """`start recording` and `stop recording`."""

    call_id: str
    start: bool


Command: TypeAlias = Offer | Answer | Delete | Query | ListCalls | Ping | Recording

# A port that the far side moved to must not move ours: the other leg was told it (and rtpengine would).
_KEEP_PORTS = "port-latching"
_REPLACE: list[BInput] = ["origin", "session-connection"]
# Nothing but RTP and RTCP on two ports reaches a trunk: neither ICE, DTLS nor RFC 5761 multiplexing.
_PLAIN_MEDIA: dict[str, BInput] = {
    "replace": _REPLACE,
    "ICE": "remove",
    "DTLS": "off",
    "rtcp-mux": ["demux", "reject"],
}


def to_bytes(command: Command) -> bytes:
    """The encoded dictionary; what every offer and answer has in common is encoded once."""
    if not isinstance(command, (Offer, Answer)):
        return encode(to_dict(command))
    verb = b"d7:command5:offer" if isinstance(command, Offer) else b"d7:command6:answer"
    return verb + _ENCODED_COMMON[command.source] + encode(_own_keys(command))[1:]


def to_dict(command: Command) -> dict[str, BInput]:
    """The dictionary that rtpengine and our relay both read."""
    match command:
        case Offer():
            return _description("offer", command)
        case Answer():
            return _description("answer", command)
        case Delete():
            body: dict[str, BInput] = {"command": "delete", "call-id": command.call_id, "delete delay": 0}
            if command.from_tag:
                body["from-tag"] = command.from_tag
            if command.fatal:
                body["flags"] = ["fatal"]
            return body
        case Query():
            return {"command": "query", "call-id": command.call_id}
        case ListCalls():
            return {"command": "list", "limit": command.limit}
        case Ping():
            return {"command": "ping"}
        case Recording():
            verb = "start recording" if command.start else "stop recording"
            return {"command": verb, "call-id": command.call_id}


def _description(verb: str, command: Offer | Answer) -> dict[str, BInput]:
    return {"command": verb, **_common(command.source), **_own_keys(command)}


def _common(source: SourceRule) -> dict[str, BInput]:
    return {"flags": [*source.value, _KEEP_PORTS], **_PLAIN_MEDIA}


_ENCODED_COMMON = {source: encode(_common(source))[1:-1] for source in SourceRule}


def _own_keys(command: Offer | Answer) -> dict[str, BInput]:
    body: dict[str, BInput] = {"call-id": command.call_id, "from-tag": command.from_tag, "sdp": command.sdp}
    if command.to_tag:
        body["to-tag"] = command.to_tag
    if command.via_branch:
        body["via-branch"] = command.via_branch
    if command.received_from:
        body["received from"] = ["IP6" if ":" in command.received_from else "IP4", command.received_from]
    if isinstance(command, Offer) and command.transport:
        body["transport protocol"] = command.transport
    return body


def parse_command(body: dict[str, BValue]) -> Command:
    """The command in a dictionary; unknown keys and flags are ignored as rtpengine does. Raises MalformedNg."""
    verb = _text(body, "command")
    match verb:
        case "ping":
            return Ping()
        case "offer":
            return Offer(
                _required(body, "call-id"),
                _required(body, "from-tag"),
                _sdp(body),
                _text(body, "to-tag"),
                _text(body, "via-branch"),
                _source(body),
                _text(body, "transport protocol"),
                _received_from(body),
            )
        case "answer":
            return Answer(
                _required(body, "call-id"),
                _required(body, "from-tag"),
                _required(body, "to-tag"),
                _sdp(body),
                _text(body, "via-branch"),
                _source(body),
                _received_from(body),
            )
        case "delete":
            return Delete(_required(body, "call-id"), _text(body, "from-tag"), "fatal" in _flags(body))
        case "query":
            return Query(_required(body, "call-id"))
        case "list":
            return ListCalls(_limit(body))
        case "start recording" | "stop recording":
            return Recording(_required(body, "call-id"), verb == "start recording")
        case _:
            raise MalformedNg("Unrecognized command")


def _text(body: dict[str, BValue], key: str) -> str:
    value = body.get(key)
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else ""


def _required(body: dict[str, BValue], key: str) -> str:
    value = _text(body, key)
    if not value:
        raise MalformedNg(f"No {key} in message")
    return value


def _sdp(body: dict[str, BValue]) -> bytes:
    value = body.get("sdp")
    if not isinstance(value, bytes):
        raise MalformedNg("No SDP body in message")
    return value


def _flags(body: dict[str, BValue]) -> set[str]:
    """Blanks in a flag may be written as hyphens."""
    flags = body.get("flags")
    if not isinstance(flags, list):
        return set()
    return {flag.decode("utf-8", "replace").replace(" ", "-") for flag in flags if isinstance(flag, bytes)}


def _source(body: dict[str, BValue]) -> SourceRule:
    flags = _flags(body)
    learning = _text(body, "endpoint-learning")
    if learning == "off" or "endpoint-learning-off" in flags or "asymmetric" in flags:
        return SourceRule.STRICT
    return SourceRule.SYMMETRIC


def _received_from(body: dict[str, BValue]) -> str:
    value = body.get("received from") or body.get("received-from")
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], bytes):
        return _address(value[1])
    return ""


def _address(raw: bytes) -> str:
    try:
        return str(ip_address(raw.decode("ascii", "replace")))
    except ValueError:
        raise MalformedNg("Invalid address in message") from None


def _limit(body: dict[str, BValue]) -> int:
    limit = body.get("limit", 32)
    if isinstance(limit, bytes):
        limit = int(limit) if limit.isdigit() and len(limit) < 9 else 0
    if not isinstance(limit, int) or limit < 1:
        raise MalformedNg("invalid limit, must be positive")
    return limit
