"""What each number of the sandbox's carrier and each extension of its PBX does: one line of a table each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Sound(Enum):
    """What a phone sends."""

    ECHO = auto()
    TONE = auto()
    """440 Hz without an end."""
    RINGING = auto()
    """North America's ringing tone."""
    SILENCE = auto()
    """Packets of silence."""
    NOTHING = auto()
    """No packets at all."""
    OWN = auto()
    """What the phone's user chose."""


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float


@dataclass(frozen=True, slots=True)
class Ring:
    """180."""


@dataclass(frozen=True, slots=True)
class EarlyMedia:
    """183 with an answer, and a sound before anybody has answered."""

    sound: Sound


@dataclass(frozen=True, slots=True)
class Answer:
    """200; `address` stands in its SDP in place of the true one."""

    sound: Sound
    address: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    status: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """302 to another extension of the same phone."""

    user: str


@dataclass(frozen=True, slots=True)
class Ignore:
    """No response of any kind; only as the one step of a behaviour."""


@dataclass(frozen=True, slots=True)
class Reinvite:
    """A fresh offer within the call; `hold` makes it sendonly."""

    hold: bool = False


@dataclass(frozen=True, slots=True)
class Refer:
    """REFER (RFC 3515): the peer is to call another user of its own domain."""

    user: str


@dataclass(frozen=True, slots=True)
class KeyIn:
    """DTMF: what the phone's user has in mind, as soon as there is something (`PhoneCore.keypad`)."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """BYE, or CANCEL or 480 before the answer."""


Step = Wait | Ring | EarlyMedia | Answer | Refuse | Redirect | Ignore | Reinvite | Refer | KeyIn | HangUp
Behaviour = tuple[Step, ...]
"""Steps in their order, from the INVITE on; a behaviour that ends in a call leaves its end to the peer."""

NUMBER_PREFIX: Final = "+150055501"
KEYPAD_NUMBER: Final = NUMBER_PREFIX + "14"
"""Its user keys in what the operator of the sandbox says (SandboxKeypads)."""
UNUSABLE_ADDRESS: Final = "127.255.255.254"
"""Loopback, and nobody there."""

_ECHO: Final = (Ring(), Wait(0.5), Answer(Sound.ECHO))
_UNKNOWN: Final = (Refuse(404),)

CARRIER: Final[Mapping[str, Behaviour]] = {
    "00": _ECHO,
    "01": (Ring(), Wait(0.5), Answer(Sound.TONE)),
    "02": (Ring(), Wait(60.0), Refuse(480)),
    "03": (Refuse(486),),
    "04": (Ring(), Wait(0.5), Refuse(603)),
    "05": (Refuse(404),),
    "06": (Refuse(503),),
    "07": (Ignore(),),
    "08": (Ring(), Wait(0.5), Answer(Sound.TONE), Wait(5.0), HangUp()),
    "09": (EarlyMedia(Sound.RINGING), Wait(2.0), Answer(Sound.TONE)),
    "10": (Ring(), Wait(0.5), Answer(Sound.NOTHING, UNUSABLE_ADDRESS)),
    "11": (Ring(), Wait(0.5), Answer(Sound.ECHO), Wait(2.0), Reinvite()),
    "12": (Ring(), Wait(0.5), Answer(Sound.NOTHING)),
    "13": (Ring(), Wait(0.5), Answer(Sound.TONE), Wait(2.0), Reinvite(hold=True), Wait(2.0), Reinvite()),
    "14": (Ring(), Wait(0.5), Answer(Sound.SILENCE), Wait(2.0), KeyIn()),
}
"""By the last two digits of +150055501NN (design, section 7)."""

PBX: Final[Mapping[str, Behaviour]] = {
    "echo": _ECHO,
    "tone": (Ring(), Wait(0.5), Answer(Sound.TONE)),
    "busy": (Refuse(486),),
    "noanswer": (Ring(), Wait(60.0), Refuse(480)),
    "redirect": (Redirect("echo"),),
    "refer": (Ring(), Wait(0.5), Answer(Sound.ECHO), Wait(2.0), Refer(NUMBER_PREFIX + "01")),
}
"""By the user part; every number is a telephone that rings for a second and echoes."""

_NUMBERED: Final = (Ring(), Wait(1.0), Answer(Sound.ECHO))
_is_number = re.compile(r"\+?[0-9]{3,15}").fullmatch


def carrier_behaviour(user: str) -> Behaviour:
    """What the carrier does with a call to `user`, a number with or without `+`."""
    number = user if user.startswith("+") else "+" + user
    if not number.startswith(NUMBER_PREFIX):
        return _UNKNOWN
    return CARRIER.get(number.removeprefix(NUMBER_PREFIX), _UNKNOWN)


def pbx_behaviour(user: str) -> Behaviour:
    """What the PBX does with a call to `user`: an extension by name, or a number."""
    if _is_number(user):
        return _NUMBERED
    return PBX.get(user.lower(), _UNKNOWN)
