"""G.711: PCMU and PCMA to and from 16-bit linear samples in the machine's byte order."""

import warnings
from sys import byteorder
from typing import Final

with warnings.catch_warnings():
    # deprecated in 3.11 and 3.12 and gone from 3.13, where the audioop-lts package gives the same module
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

PCMU: Final = 0
PCMA: Final = 8
SAMPLE_RATE: Final = 8000
FRAME_SAMPLES: Final = 160
"""20 ms."""
SILENCE: Final = {PCMU: b"\xff" * FRAME_SAMPLES, PCMA: b"\xd5" * FRAME_SAMPLES}

_PCMU_TO_PCMA = audioop.lin2alaw(audioop.ulaw2lin(bytes(range(256)), 2), 2)
_PCMA_TO_PCMU = audioop.lin2ulaw(audioop.alaw2lin(bytes(range(256)), 2), 2)


def encode(samples: bytes, payload_type: int) -> bytes:
    """One octet for each 16-bit sample, by the static payload type 0 or 8."""
    return audioop.lin2alaw(samples, 2) if payload_type == PCMA else audioop.lin2ulaw(samples, 2)


def decode(payload: bytes | bytearray | memoryview, payload_type: int) -> bytes:
    """One 16-bit sample for each octet, by the static payload type 0 or 8."""
    return audioop.alaw2lin(payload, 2) if payload_type == PCMA else audioop.ulaw2lin(payload, 2)


def translate(payload: bytes, source: int, target: int) -> bytes:
    """The same audio under the other law."""
    if source == target:
        return payload
    return payload.translate(_PCMU_TO_PCMA if target == PCMA else _PCMA_TO_PCMU)


def native(samples: bytes) -> bytes:
    """16-bit little-endian samples in the machine's byte order."""
    return samples if byteorder == "little" else audioop.byteswap(samples, 2)


def narrow_band(samples: bytes, width: int, rate: int, channels: int) -> bytes:
    """16-bit mono at 8 kHz from the frames of a WAV file: 1 to 4 octets wide, one or two channels, any rate.

    Raises ValueError for anything else.
    """
    if channels not in {1, 2} or width not in {1, 2, 3, 4} or rate < 1:
        raise ValueError("neither mono nor stereo PCM")
    try:
        if width == 1:  # WAV keeps eight bits without a sign
            samples = audioop.bias(samples, 1, 128)
        if width != 2:
            samples = audioop.lin2lin(samples, width, 2)
        if channels == 2:
            samples = audioop.tomono(samples, 2, 0.5, 0.5)
        if rate != SAMPLE_RATE:
            samples, _ = audioop.ratecv(samples, 2, 1, rate, SAMPLE_RATE, None)
    except audioop.error as error:
        raise ValueError(str(error)) from error
    return samples
