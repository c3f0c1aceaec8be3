"""Keeps the certificates of a gateway good: new names, expiry, files that somebody replaced, SIGHUP."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, Protocol, final

from trunkline.platform.setting import clock
from trunkline.platform.setting.errors import SettingsError
from trunkline.platform.setting.log import logger
from trunkline.platform.setting.settings import Settings
from trunkline.platform.sipnet.certificates import HomeCertificates, names_to_cover
from trunkline.platform.sipnet.tls_context import CertificateFiles
from trunkline.platform.store.errors import StoreError

LOOK_EVERY_S: Final = 3600.0
LOOK_AGAIN_S: Final = 30.0
"""After a failure: whoever replaces files may be half way."""
_SETTLE_S: Final = 0.2
"""Changes come in bursts; one new certificate covers them all."""

_Stamp = tuple[tuple[int, int], ...]


class Shows(Protocol):
    """What shows certificates: `tls_contexts.GatewayTls`."""

    def load(self, certificates: Sequence[CertificateFiles]) -> None: ...


@final
class CertificateUpkeep:
    """`nested_domains` asks the store for trunk domains that `*.pstn.{PFX}` does not cover."""

    def __init__(
        self,
        settings: Settings,
        tls: Shows,
        nested_domains: Callable[[], Awaitable[list[str]]],
        wall: Callable[[], datetime] = clock.wall,
    ) -> None:
        self._settings = settings
        self._tls = tls
        self._nested_domains = nested_domains
        self._wall = wall
        private = HomeCertificates(settings.home.tls, settings.domain)
        own = tuple(CertificateFiles(*pair) for pair in settings.tls.certificates)
        self._private = None if own else private
        self._files = own or private.files()
        self._loaded: _Stamp = ()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Names may have changed, or the operator asks for a look at the files."""
        self._woken.set()

    async def begin(self) -> None:
        """Make what is missing, load it. Raises StoreError, and SettingsError for certificates that are unfit."""
        try:
            await self._refresh()
        except (OSError, ValueError) as error:
            raise SettingsError(f"TLS certificates ({self._files[0].certificate}): {error}") from error

    async def run(self) -> None:
        """A failure leaves in use what there is; the next look tries again, and soon."""
        seconds, told = LOOK_EVERY_S, ""
        while True:
            await self._until_woken(seconds)
            try:
                await self._refresh()
            except (OSError, ValueError, StoreError) as error:
                seconds = LOOK_AGAIN_S
                if told != str(error):
                    told = str(error)
                    logger(room="gateway").error("certificates not renewed", reason=told)
            else:
                seconds, told = LOOK_EVERY_S, ""

    async def _until_woken(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
                await asyncio.sleep(_SETTLE_S)
        except TimeoutError:
            pass
        self._woken.clear()

    async def _refresh(self) -> None:
        if self._private is not None:
            settings = self._settings
            hosts = dict.fromkeys(host for one in settings.gateways for host in (one.advertise.host, one.bind.host))
            nested = await self._nested_domains()
            edges = dict.fromkeys(one.edge for one in settings.gateways)
            names = names_to_cover(settings.domain, edges, [host for host in hosts if _named(host)], nested)
            if await asyncio.to_thread(partial(self._private.ensure, names, self._wall())):
                logger(room="gateway").info("certificates issued", names=len(names))
        stamp = _stamp(self._files)
        if stamp != self._loaded:
            self._tls.load(self._files)
            self._loaded = stamp


def _named(host: str) -> bool:
    """Whether a bind host is one that peers call us by."""
    return host not in {"0.0.0.0", "::"}  # noqa: S104  looked for, not bound


def _stamp(files: tuple[CertificateFiles, ...]) -> _Stamp:
    found = [path.stat() for one in files for path in (one.certificate, one.key)]
    return tuple((status.st_ino, status.st_mtime_ns) for status in found)
