"""baresip as a PBX phone: calls through a proxy with digest, answers, plays a tone, records what it hears."""

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from tests.interop.peer import peer
from tests.interop.port import PortBlock, is_taken
from tests.interop.process import PeerFailed, PeerProcess
from tests.interop.sipp import Transport
from tests.interop.tone import heard_seconds, tone_share, write_tone

_CONFIG = """poll_method epoll
sip_listen {host}:{port}
net_interface {host}
audio_source aufile,{tone}
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp_first}-{rtp_last}
module_path {modules}
module g711.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
snd_path {sound}
{tls}
ctrl_tcp_listen {host}:{control}
"""
_RTP_PORTS = 20


class Baresip:
    """One running phone with one account; `port` is its SIP port (UDP and TCP)."""

    def __init__(
        self,
        folder: Path,
        ports: PortBlock,
        *,
        user: str,
        domain: str,
        proxy: tuple[str, int] | None = None,
        login: tuple[str, str] | None = None,
        transport: Transport | Literal["tls"] = "udp",
        certificate: Path | None = None,
        trusted: Path | None = None,
        answers: bool = False,
        tone_hz: float = 440,
        tone_s: float = 60,
        codecs: str = "PCMU,PCMA",
        host: str = "127.0.0.1",
    ) -> None:
        """`user` is the number it shows; with `proxy` all calls go there; `login` is digest user and password.

        With a `certificate` (its key in the same file) it takes TLS on the port after its own; `trusted` is whose
        certificates it takes, without it anybody's.
        """
        program = peer("baresip")
        self.port = ports.take(2)
        self._home = folder / f"baresip-{self.port}"
        self._sound = self._home / "sound"
        self._sound.mkdir(parents=True)
        control, rtp = ports.take(), ports.take(_RTP_PORTS, even=True)
        config = _CONFIG.format(
            host=host, port=self.port, tone=write_tone(self._home / "tone.wav", tone_hz, tone_s), rtp_first=rtp,
            rtp_last=rtp + _RTP_PORTS - 1, modules=_modules(), sound=self._sound, control=control,
            tls=_tls(certificate, trusted),
        )  # fmt: skip
        self._write("config", config)
        self._write("accounts", _account(user, domain, proxy, login, transport, answers, codecs))
        self._write("contacts", "")
        self._process = PeerProcess([program, "-f", self._home], self._home / "log")
        self._process.wait_until(lambda: is_taken(host, control, socket.SOCK_STREAM) and is_taken(host, self.port))
        self._control = socket.create_connection((host, control), timeout=5)
        self._received = b""
        self.events: list[Mapping[str, Any]] = []

    def dial(self, number: str, domain: str) -> None:
        """Calls sip:number@domain; wait for CALL_ESTABLISHED or CALL_CLOSED."""
        self._command("dial", f"sip:{number}@{domain}")

    def hang_up(self) -> None:
        self._command("hangup")

    def wait_for(self, event: str, seconds: float = 15) -> Mapping[str, Any]:
        """The next event of that type (CALL_INCOMING, CALL_RINGING, CALL_ESTABLISHED, CALL_CLOSED, ...)."""
        deadline = time.monotonic() + seconds
        while True:
            for index, seen in enumerate(self.events):
                if seen.get("type") == event:
                    del self.events[: index + 1]
                    return seen
            self._read_until(deadline, event)

    def talk(self, seconds: float) -> None:
        """Lets the call go on for a while; PeerFailed when the phone ends meanwhile."""
        deadline = time.monotonic() + seconds
        self._process.wait_until(lambda: time.monotonic() >= deadline, seconds + 1)

    def recording(self) -> Path:
        """What it heard in its last call (complete once the call is closed)."""
        heard = sorted(self._sound.glob("dump-*-dec.wav"))
        if not heard:
            raise PeerFailed(f"baresip recorded nothing: {self._process.last_words()}")
        return heard[-1]

    def stop(self) -> None:
        self._control.close()
        self._process.stop()

    def _command(self, command: str, params: str = "") -> None:
        text = json.dumps({"command": command, "params": params, "token": command}).encode()
        self._control.sendall(b"%d:%s," % (len(text), text))

    def _read_until(self, deadline: float, event: str) -> None:
        self._control.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            chunk = self._control.recv(65536)
        except TimeoutError:
            chunk = b""
        if not chunk:
            raise PeerFailed(f"baresip did not say {event}; it said {self.events}: {self._process.last_words(30)}")
        self._received += chunk
        while (message := self._next_netstring()) is not None:
            if message.get("event"):
                self.events.append(message)

    def _next_netstring(self) -> dict[str, Any] | None:
        size, colon, rest = self._received.partition(b":")
        if not colon or len(rest) <= int(size):
            return None
        self._received = rest[int(size) + 1 :]
        message: dict[str, Any] = json.loads(rest[: int(size)])
        return message

    def _write(self, name: str, text: str) -> None:
        file = self._home / name
        file.touch(mode=0o600)
        file.write_text(text)


def assert_talk(caller: Baresip, callee: Baresip) -> None:
    """The caller (440 Hz) and the callee (1000 Hz) hear each other until the caller hangs up; both are stopped."""
    caller.wait_for("CALL_ESTABLISHED")
    callee.wait_for("CALL_ESTABLISHED")
    caller.talk(2.0)
    caller.hang_up()
    callee.wait_for("CALL_CLOSED")
    caller.stop()
    callee.stop()
    for phone, own, other in ((callee, 1000, 440), (caller, 440, 1000)):
        assert heard_seconds(phone.recording()) > 1.5
        assert tone_share(phone.recording(), other) > 0.9
        assert tone_share(phone.recording(), own) < 0.01


def _account(
    user: str,
    domain: str,
    proxy: tuple[str, int] | None,
    login: tuple[str, str] | None,
    transport: str,
    answers: bool,
    codecs: str,
) -> str:
    parts = [f"<sip:{user}@{domain};transport={transport}>", "regint=0", f"audio_codecs={codecs}"]
    parts += [f"answermode={'auto' if answers else 'manual'}"]
    parts += [f'outbound="sip:{proxy[0]}:{proxy[1]};transport={transport};lr"'] if proxy else []
    parts += [f"auth_user={login[0]}", f"auth_pass={login[1]}"] if login else []
    return ";".join(parts) + "\n"


def _tls(certificate: Path | None, trusted: Path | None) -> str:
    lines = [f"sip_certificate {certificate}"] if certificate else []
    lines += [f"sip_cafile {trusted}"] if trusted else []
    return "\n".join(lines)


def _modules() -> Path:
    return next(
        folder
        for folder in (Path("/usr/lib/baresip/modules"), *Path("/usr/lib").glob("*/baresip/modules"))
        if folder.is_dir()
    )
