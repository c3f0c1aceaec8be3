"""The sounds of the sandbox as sources of audio."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from trunkline.platform.media.audio import Clip, Echo, Nothing, Play, Silence, Source, play_tone
from trunkline.protocol.rtp import tone
from trunkline.service.sandbox.behaviour import Sound

TONE_HZ: Final = 440

Sounds = Mapping[Sound, Callable[[], Source]]


@lru_cache(maxsize=1)
def _ringing() -> Clip:
    return Clip(tone.ringback())


SOUNDS: Final[Sounds] = {
    Sound.ECHO: Echo,
    Sound.TONE: lambda: play_tone(TONE_HZ),
    Sound.RINGING: lambda: Play(_ringing(), repeat=True),
    Sound.SILENCE: Silence,
    Sound.NOTHING: Nothing,
    Sound.OWN: Silence,
}
"""`OWN` is silence until a phone's user chooses something."""
