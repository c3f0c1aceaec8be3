"""linphonec as a second phone that is not ours: calls through a proxy with digest, answers, plays and records files."""

import subprocess
from pathlib import Path

from tests.interop.peer import peer
from tests.interop.port import PortBlock
from tests.interop.process import PeerFailed, PeerProcess
from tests.interop.sipp import Transport
from tests.interop.tone import write_tone

_CONFIG = """[sip]
sip_port={udp}
sip_tcp_port={tcp}
sip_tls_port=0
guess_hostname=0
use_ipv6=0
ipv6_migration_done=1
contact="{user}" <sip:{user}@127.0.0.1>
register_only_when_network_is_up=0
use_rfc2833=1

[rtp]
audio_rtp_port={rtp}

[video]
enabled=0

[app]
auto_download_incoming_files_max_size=-1
"""
_PROXY = """
[proxy_0]
reg_proxy=<sip:{host}:{port};transport={transport}>
reg_route=<sip:{host}:{port};transport={transport};lr>
reg_identity=sip:{user}@{domain}
reg_sendregister=0
publish=0

[auth_info_0]
username={user}
userid={login}
passwd={password}
"""


class Linphone:
    """One running linphonec; it answers by itself with `answers`. `port` is its SIP port."""

    def __init__(
        self,
        folder: Path,
        ports: PortBlock,
        *,
        user: str,
        domain: str = "pbx.invalid",
        proxy: tuple[str, int] | None = None,
        login: tuple[str, str] = ("", ""),
        transport: Transport = "udp",
        answers: bool = False,
        tone_hz: float = 440,
        tone_s: float = 60,
    ) -> None:
        """`user` is the number it shows; with `proxy` all calls go there, with digest user and password of `login`."""
        program = peer("linphonec")
        self.port = ports.take()
        home = folder / f"linphone-{self.port}"
        (home / ".local/share/linphone").mkdir(parents=True)
        udp, tcp = (self.port, 0) if transport == "udp" else (0, self.port)
        text = _CONFIG.format(udp=udp, tcp=tcp, user=user, rtp=ports.take(2, even=True))
        if proxy:
            text += _PROXY.format(
                host=proxy[0], port=proxy[1], transport=transport, user=user, domain=domain, login=login[0],
                password=login[1],
            )  # fmt: skip
        config = home / "rc"
        config.touch(mode=0o600)
        config.write_text(text)
        self._heard = home / "heard.wav"
        command: list[str | Path] = [program, "-c", config, "-d", "0", *(["-a"] if answers else [])]
        self._process = PeerProcess(command, home / "log", env={"HOME": str(home)}, stdin=subprocess.PIPE)
        self._read = 0
        self.wait_for("linphonec>")
        for line in ("soundcard use files", f"play {write_tone(home / 'tone.wav', tone_hz, tone_s)}"):
            self.say(line)
        self.say(f"record {self._heard}")

    def dial(self, uri: str) -> None:
        """Calls a SIP URI; wait for `connected` or `ended`."""
        self.say(f"call {uri}")

    def hang_up(self) -> None:
        self.say("terminate")

    def say(self, line: str) -> None:
        """One line to its prompt."""
        assert self._process.popen.stdin is not None
        self._process.popen.stdin.write(f"{line}\n".encode())
        self._process.popen.stdin.flush()

    def wait_for(self, text: str, seconds: float = 15) -> None:
        """Until it has printed the text, reading on from where the last wait ended."""
        self._process.wait_until(lambda: text in self._unread(), seconds)
        self._read += self._unread().index(text) + len(text)

    def recording(self) -> Path:
        """What it heard (complete once the call has ended)."""
        if not self._heard.exists():
            raise PeerFailed(f"linphonec recorded nothing: {self._process.last_words()}")
        return self._heard

    def stop(self) -> None:
        self.say("quit")
        assert self._process.popen.stdin is not None
        self._process.popen.stdin.close()
        self._process.wait(10)

    def _unread(self) -> str:
        return self._process.log.read_text(errors="replace")[self._read :]
