"""What somebody at a terminal wants of a phone, read from words: whom to call, through what, and what to play."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trunkline.kit.secret import Secret
from trunkline.platform.media.audio import AudioError, Clip, Echo, Nothing, Play, Silence, Source, play_tone
from trunkline.platform.setting.settings import Settings
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.uri import Uri, parse_uri
from trunkline.service.sandbox.phone_call import Credential

_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,32}").fullmatch
_USER: Final = re.compile(r"[A-Za-z0-9+*#._-]{1,64}").fullmatch
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\]").fullmatch
_TONES: Final = range(20, 4000)


class BadPhonePlan(Exception):
    """Words that make no call; the text says which, and what would be right."""


@dataclass(frozen=True, slots=True)
class PhonePlan:
    """A call as it was asked for. `next_hop` is where its INVITE goes, before DNS."""

    request_uri: str
    from_text: str
    next_hop: Uri
    credential: Credential | None


@dataclass(frozen=True, slots=True)
class Playing:
    """What is sent; `seconds` is its length where it has an end."""

    make: Callable[[], Source]
    seconds: float | None = None


def plan_call(
    settings: Settings,
    number: str,
    *,
    trunk: str = "",
    proxy: str = "",
    user: str = "",
    password: Secret[str] | None = None,
    caller: str = "",
    tls: bool = False,
) -> PhonePlan:
    """A call to a number through a trunk, or to a `sip:` URI; raises BadPhonePlan.

    Without `trunk` it is the demo trunk of this host, with its credential and caller ID. A trunk under the platform's
    own domain is reached at this host's first gateway; `proxy` (ADDRESS:PORT or a `sip:` URI) overrules that. With
    `tls` the call goes by TLS, whatever the URI says.
    """
    if number.lower().startswith(("sip:", "sips:")):
        target = _uri(number, "the number")
        host, credential = target.host, None
        request_uri = number
    else:
        if not _NUMBER(number):
            raise BadPhonePlan(f"{number}: a number such as +15005550100 or a sip: URI is needed")
        if not trunk:
            demo = _demo(settings)
            trunk = demo["demo_domain"]
            user = user or demo["demo_username"]
            password = password or Secret(demo["demo_password"])
            caller = caller or demo["demo_number"]
        if not _HOST(trunk):
            raise BadPhonePlan(f"--trunk {trunk}: a host name is needed")
        host = trunk
        request_uri = f"sip:{number.replace('#', '%23')}@{host}"
        target = parse_uri(request_uri)
    if user and password is None:
        raise BadPhonePlan("--user needs --password-env or --password-file")
    credential = Credential(user, password) if user and password is not None else None
    caller = caller or user or "phone"
    if not _USER(caller):
        raise BadPhonePlan(f"--from {caller}: a number or a name is needed")
    return PhonePlan(
        request_uri,
        f"<sip:{caller.replace('#', '%23')}@{host}>",
        _next_hop(settings, target, proxy, tls=tls),
        credential,
    )


def _next_hop(settings: Settings, target: Uri, proxy: str, *, tls: bool) -> Uri:
    if proxy:
        hop = _uri(proxy if proxy.lower().startswith(("sip:", "sips:")) else f"sip:{proxy}", "--proxy")
    elif target.address.endswith("." + settings.domain):
        gateway = settings.gateways[0]
        address = gateway.advertise if gateway.bind.is_any else gateway.bind
        hop = _uri(f"sip:{address.next_port() if tls else address}", "the gateway")
    else:
        hop = target
    if not tls:
        return hop
    port = "" if hop.port is None else f":{hop.port}"
    return _uri(f"sip:{hop.host}{port};transport=tls", "the next hop")


def _uri(text: str, what: str) -> Uri:
    try:
        return parse_uri(text)
    except MalformedMessage as fault:
        raise BadPhonePlan(f"{what} {text}: {fault.reason}") from fault


def _demo(settings: Settings) -> dict[str, str]:
    held = settings.home.cli_values()
    if "demo_domain" not in held:
        raise BadPhonePlan(
            f"{settings.home.cli_file} has no demo trunk: start the service (make run), or give --trunk with --user"
        )
    return held


def parse_playing(text: str) -> Playing:
    """`tone:440`, `tone:697+1209`, `echo`, `silence`, `nothing`, or a WAV file; raises BadPhonePlan."""
    match text.partition(":"):
        case ("echo", "", _):
            return Playing(Echo)
        case ("silence", "", _):
            return Playing(Silence)
        case ("nothing", "", _):
            return Playing(Nothing)
        case ("tone", ":", frequencies):
            tones = _frequencies(frequencies)
            return Playing(lambda: play_tone(*tones))
        case _:
            pass  # a file, then
    try:
        clip = Clip.of_wav(Path(text))
    except AudioError as fault:
        raise BadPhonePlan(f"--play {text}: {fault}") from fault
    return Playing(lambda: Play(clip), len(clip.encoded(0)) / 8000)


def _frequencies(text: str) -> tuple[int, ...]:
    parts = text.split("+")
    if not all(part.isascii() and part.isdigit() and int(part) in _TONES for part in parts) or len(parts) > 4:
        raise BadPhonePlan(f"--play tone:{text}: whole frequencies from 20 to 3999 Hz are needed, as in tone:440")
    return tuple(int(part) for part in parts)
