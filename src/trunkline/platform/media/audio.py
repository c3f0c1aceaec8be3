"""What an RTP endpoint plays and where what it hears goes: 8 kHz mono, in frames of 20 ms."""

import wave
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol, final

from trunkline.protocol.rtp import g711, tone

FRAME: Final = g711.FRAME_SAMPLES
MAX_CLIP_S: Final = 1800
MAX_ECHO_OCTETS: Final = 10 * FRAME
MAX_GAP_SAMPLES: Final = 10 * g711.SAMPLE_RATE
"""The longest silence (10 s) that a recording fills in for packets that did not come."""
_FLUSH_OCTETS: Final = 2 * g711.SAMPLE_RATE


class AudioError(Exception):
    """A sound file that cannot be read."""


class Source(Protocol):
    """What is sent, a frame at a time."""

    def frame(self, law: int) -> bytes | None:
        """The next 160 octets under PCMU (0) or PCMA (8), None to send nothing this time."""
        ...

    @property
    def finished(self) -> bool:
        """Whether nothing will come any more."""
        ...


@final
class Clip:
    """A sound, shared by all who play it; encoded once for each law."""

    __slots__ = ("_encoded", "_samples")

    def __init__(self, samples: bytes) -> None:
        """`samples` are 16 bits wide, 8 kHz, mono, in the machine's byte order."""
        self._samples = samples
        self._encoded: dict[int, bytes] = {}

    @classmethod
    def of_tone(cls, frequencies: Sequence[int]) -> "Clip":
        """One second of whole-numbered frequencies, so that it may be repeated without a click."""
        return _tone_clip(tuple(frequencies))

    @classmethod
    def of_wav(cls, path: Path) -> "Clip":
        """Reads a PCM WAV file of any width, rate and number of channels; blocks, so not on the loop for long files.

        Raises `AudioError`.
        """
        try:
            with wave.open(str(path), "rb") as file:
                width, rate, channels = file.getsampwidth(), file.getframerate(), file.getnchannels()
                samples = file.readframes(min(file.getnframes(), rate * MAX_CLIP_S))
        except (OSError, EOFError, wave.Error) as error:
            raise AudioError(f"cannot read {path.name}: {error}") from error
        try:
            return cls(g711.narrow_band(samples, width, rate, channels))
        except ValueError as error:
            raise AudioError(f"cannot convert {path.name}: {error}") from error

    @classmethod
    def of_pcm(cls, path: Path) -> "Clip":
        """Reads a file of bare samples, 16 bits little-endian, 8 kHz, mono; raises `AudioError`."""
        try:
            with path.open("rb") as file:
                samples = file.read(2 * g711.SAMPLE_RATE * MAX_CLIP_S)
        except OSError as error:
            raise AudioError(f"cannot read {path.name}: {error}") from error
        return cls(g711.native(samples[: len(samples) // 2 * 2]))

    def encoded(self, law: int) -> bytes:
        """The whole sound in whole frames, the last filled up with silence."""
        octets = self._encoded.get(law)
        if octets is None:
            octets = g711.encode(self._samples, law)
            octets += g711.SILENCE[law][: -len(octets) % FRAME]
            self._encoded[law] = octets
        return octets


@final
class Play:
    """Plays a clip once, or over and over."""

    __slots__ = ("_at", "_clip", "_repeat")

    def __init__(self, clip: Clip, *, repeat: bool = False) -> None:
        self._clip = clip
        self._repeat = repeat
        self._at = 0

    def frame(self, law: int) -> bytes | None:
        octets = self._clip.encoded(law)
        if self._at >= len(octets):
            if not self._repeat or not octets:
                return None
            self._at = 0
        at = self._at
        self._at = at + FRAME
        return octets[at : at + FRAME]

    @property
    def finished(self) -> bool:
        return not self._repeat and self._at >= len(self._clip.encoded(g711.PCMU))


def play_tone(*frequencies: int) -> Play:
    """A tone without an end."""
    return Play(Clip.of_tone(frequencies), repeat=True)


@final
class Silence:
    """Sends packets of silence."""

    __slots__ = ()
    finished = False

    def frame(self, law: int) -> bytes | None:
        return g711.SILENCE[law]


@final
class Nothing:
    """Sends no packets at all."""

    __slots__ = ()
    finished = False

    def frame(self, law: int) -> bytes | None:
        return None


@final
class Echo:
    """Sends back what arrives, at most 200 ms late; silence while there is nothing to send."""

    __slots__ = ("_waiting", "dropped")
    finished = False

    def __init__(self) -> None:
        self._waiting = bytearray()
        self.dropped = 0

    def hear(self, payload: bytes) -> None:
        """Takes a payload that arrived, under the law in which `frame` will give it out."""
        if len(self._waiting) + len(payload) > MAX_ECHO_OCTETS:
            self.dropped += len(payload)
            return
        self._waiting += payload

    def frame(self, law: int) -> bytes | None:
        if len(self._waiting) < FRAME:
            return g711.SILENCE[law]
        octets = bytes(self._waiting[:FRAME])
        del self._waiting[:FRAME]
        return octets


@final
class Recorder:
    """Writes what is heard to a WAV file (16 bits, 8 kHz, mono), every packet at the place its timestamp names.

    At most a second of audio waits in memory. Opening and writing block for as long as the page cache takes: meant
    for phones and test networks, not for recording trunks.
    """

    __slots__ = ("_buffer", "_file", "_next", "dropped")

    def __init__(self, path: Path) -> None:
        self._file = wave.open(str(path), "wb")  # noqa: SIM115  closed by `close`
        self._file.setparams((1, 2, g711.SAMPLE_RATE, 0, "NONE", "not compressed"))
        self._buffer = bytearray()
        self._next: int | None = None
        self.dropped = 0

    def hear(self, timestamp: int, payload: bytes, law: int) -> None:
        """Places a payload after the silence that the timestamps leave.

        What comes late or twice is dropped and counted; after a jump of more than 10 s the recording just goes on.
        """
        ahead = 0 if self._next is None else (timestamp - self._next + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        if -MAX_GAP_SAMPLES <= ahead < 0:
            self.dropped += 1
            return
        if 0 < ahead <= MAX_GAP_SAMPLES:
            self._write(bytes(2 * ahead))
        self._write(g711.decode(payload, law))
        self._next = timestamp + len(payload) & 0xFFFFFFFF

    def close(self) -> None:
        """Writes the rest; the file is a whole WAV then."""
        self._flush()
        self._file.close()

    def _write(self, samples: bytes) -> None:
        self._buffer += samples
        if len(self._buffer) >= _FLUSH_OCTETS:
            self._flush()

    def _flush(self) -> None:
        self._file.writeframesraw(self._buffer)
        self._buffer = bytearray()


@lru_cache(maxsize=64)
def _tone_clip(frequencies: tuple[int, ...]) -> Clip:
    return Clip(tone.sine(frequencies, 1.0))
