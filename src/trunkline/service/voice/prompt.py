"""What a called one hears of a validation call: tones, which need no language (docs/caller-ids.md)."""

from functools import lru_cache
from typing import Final

from trunkline.domain.validation.dialogue import Prompt
from trunkline.platform.media.audio import Clip, Play, Source
from trunkline.protocol.rtp import tone

ASK_HZ: Final = (440, 554, 659)
"""Three short rising tones."""
WRONG_HZ: Final = 220
ACCEPTED_HZ: Final = (880, 1320)
_EVERY_S: Final = 5.0


def prompt_source(prompt: Prompt) -> Source:
    """The question comes again every five seconds, until somebody keys something in."""
    return Play(_clip(prompt), repeat=True)


@lru_cache(maxsize=len(Prompt))
def _clip(prompt: Prompt) -> Clip:
    match prompt:
        case Prompt.ASK:
            return Clip(_question() + tone.silence(_EVERY_S))
        case Prompt.ASK_AGAIN:
            return Clip(tone.sine((WRONG_HZ,), 0.5) + tone.silence(0.3) + _question() + tone.silence(_EVERY_S))
        case Prompt.ACCEPTED:
            return Clip(b"".join(tone.sine((hertz,), 0.25) for hertz in ACCEPTED_HZ) + tone.silence(_EVERY_S))
        case Prompt.REFUSED:
            return Clip(tone.busy())


def _question() -> bytes:
    return b"".join(tone.sine((hertz,), 0.15) + tone.silence(0.1) for hertz in ASK_HZ)
