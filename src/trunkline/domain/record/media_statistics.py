"""What was measured of the media of one side of a call; None = not measured, never 0 in its place."""

from dataclasses import dataclass

from trunkline.domain.record.json_field import JsonObject, JsonValue, number_or_none, text_or_none, whole_or_none


@dataclass(slots=True)
class MediaStatistics:
    """The stream that came from one side: received from it, and what reached it back. Immutable by convention."""

    packets_received: int | None = None
    bytes_received: int | None = None
    packets_sent: int | None = None
    bytes_sent: int | None = None
    packets_lost: int | None = None
    """Of the stream received (RFC 3550 section 6.4.1)."""
    jitter_ms: float | None = None
    mos: float | None = None
    """1.0-4.5 by the E-model (ITU-T G.107)."""
    codec: str | None = None


def media_to_json(media: MediaStatistics) -> dict[str, JsonValue]:
    return {
        "packets_received": media.packets_received,
        "bytes_received": media.bytes_received,
        "packets_sent": media.packets_sent,
        "bytes_sent": media.bytes_sent,
        "packets_lost": media.packets_lost,
        "jitter_ms": media.jitter_ms,
        "mos": media.mos,
        "codec": media.codec,
    }


def media_from_json(source: JsonObject) -> MediaStatistics:
    """Raises MalformedRecord."""
    return MediaStatistics(
        packets_received=whole_or_none(source, "packets_received"),
        bytes_received=whole_or_none(source, "bytes_received"),
        packets_sent=whole_or_none(source, "packets_sent"),
        bytes_sent=whole_or_none(source, "bytes_sent"),
        packets_lost=whole_or_none(source, "packets_lost"),
        jitter_ms=number_or_none(source, "jitter_ms"),
        mos=number_or_none(source, "mos"),
        codec=text_or_none(source, "codec"),
    )
