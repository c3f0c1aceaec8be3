"""What gateway and relay measured of a call, in the words of Voice Insights. What was not measured is absent."""

from collections.abc import Mapping
from typing import Any, Final

from trunkline.domain.trunk.number.geo import country_of
from trunkline.kit.ids import E164
from trunkline.platform.store.table import CallRow

_STATES: Final = {
    "queued": "undialed",
    "ringing": "ringing",
    "in-progress": "answered",
    "completed": "completed",
    "busy": "busy",
    "failed": "fail",
    "no-answer": "noanswer",
    "cancelled": "canceled",
}
STATUS_OF: Final = {state: status for status, state in _STATES.items()}
HIGH_LOSS: Final = 5.0
"""Percent."""
HIGH_JITTER_MS: Final = 30.0
EDGES: Final = ("sip_edge", "carrier_edge")


def call_state(row: CallRow) -> str:
    return _STATES.get(row.status, row.status)


def is_terminating(row: CallRow) -> bool:
    return row.direction == "trunking-terminating"


def host_of(address: str | None) -> str | None:
    """Of `host:port`, or of `transport:host:port`."""
    if not address:
        return None
    host = address.rpartition(":")[0]
    return (host.partition(":")[2] if host.split(":")[0] in ("udp", "tcp", "tls") else host).strip("[]") or None


def party(row: CallRow, *, caller: bool) -> dict[str, Any]:
    """The customer's side is SIP and known by its address; of the telephone network only the number is known."""
    number = row.from_number if caller else row.to_number
    over_sip = is_terminating(row) == caller
    return {
        "caller" if caller else "callee": number,
        "carrier": None,
        "connection": "sip" if over_sip else None,
        "country_code": country_of(E164(number)) if number.startswith("+") else None,
        "number_prefix": None,
        "city": None,
        "location": None,
        "ip_address": host_of(row.source_address) if over_sip and caller else None,
    }


def media_of(row: CallRow, edge: str) -> Mapping[str, Any] | None:
    """The statistics of the stream on one side: the caller's is the SIP edge of a terminating call."""
    return row.inbound_media if is_terminating(row) == (edge == "sip_edge") else row.outbound_media


def heard(media: Mapping[str, Any]) -> dict[str, Any]:
    """What came from the side: direction `inbound`."""
    found = {
        "codec_name": media.get("codec"),
        "packets_received": media.get("packets_received"),
        "packets_lost": media.get("packets_lost"),
        "packets_loss_percentage": loss_percentage(media),
        "bytes_received": media.get("bytes_received"),
    }
    for name, key in (("jitter", "jitter_ms"), ("mos", "mos")):
        if media.get(key) is not None:
            found[name] = {"avg": media[key]}
    return {name: value for name, value in found.items() if value is not None}


def said(media: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent to it: direction `outbound`."""
    found = {"packets_sent": media.get("packets_sent"), "bytes_sent": media.get("bytes_sent")}
    return {name: value for name, value in found.items() if value is not None}


def loss_percentage(media: Mapping[str, Any]) -> float | None:
    received: int | None = media.get("packets_received")
    lost: int | None = media.get("packets_lost")
    if received is None or lost is None or received + lost <= 0:
        return None
    return round(100 * max(lost, 0) / (received + lost), 2)


def edge(row: CallRow, name: str) -> dict[str, Any]:
    """`metrics` by direction and `properties`; what the operator's carriers are is not the customer's to see."""
    media = media_of(row, name)
    metrics = {} if media is None else {"inbound": heard(media), "outbound": said(media)}
    on_the_inbound_leg = is_terminating(row) == (name == "sip_edge")
    properties = {
        "direction": "inbound" if on_the_inbound_leg else "outbound",
        "edge_location": row.edge,
        "sip_call_id": row.inbound_sip_call_id if on_the_inbound_leg else row.outbound_sip_call_id,
        "transport": row.inbound_transport if on_the_inbound_leg else row.outbound_transport,
        "trunk_sid": row.trunk_sid,
        "twilio_signaling_ip": host_of(row.gateway),
    }
    if name == "sip_edge" and on_the_inbound_leg:
        properties["external_signaling_ip"] = host_of(row.source_address)
    return {
        "metrics": {way: found for way, found in metrics.items() if found},
        "properties": {key: value for key, value in properties.items() if value is not None},
    }


def properties(row: CallRow) -> dict[str, Any]:
    found = {
        "direction": row.direction.replace("-", "_"),
        "disconnected_by": row.released_by,
        "edge_location": row.edge,
        "last_sip_response_num": row.sip_status,
        "pdd_ms": row.pdd_ms,
        "q850_cause": row.q850_cause,
        "trunk_sid": row.trunk_sid,
    }
    return {name: value for name, value in found.items() if value is not None}


def tags(row: CallRow) -> list[str]:
    """`high_packet_loss`, `high_jitter`, `silence`: of either side, from what was measured of an answered call."""
    if row.answered_at is None:
        return []
    sides = [media for media in (row.inbound_media, row.outbound_media) if media is not None]
    found = []
    if any((loss_percentage(media) or 0) > HIGH_LOSS for media in sides):
        found.append("high_packet_loss")
    if any((media.get("jitter_ms") or 0) > HIGH_JITTER_MS for media in sides):
        found.append("high_jitter")
    if any(media.get("packets_received") == 0 for media in sides):
        found.append("silence")
    return found
