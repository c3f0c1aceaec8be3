"""Certificates for TLS over loopback: made once a process, since an RSA key takes its time."""

import ssl
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from trunkline.platform.sipnet.certificates import HomeCertificates
from trunkline.service.gateway.tls.tls_contexts import GatewayTls

DOMAIN = "trunks.test"
NAME = f"demo.pstn.{DOMAIN}"
_KEPT: list[tempfile.TemporaryDirectory[str]] = []


@cache
def certificates() -> HomeCertificates:
    """For DOMAIN and 127.0.0.1."""
    _KEPT.append(tempfile.TemporaryDirectory(prefix="tls-"))
    made = HomeCertificates(Path(_KEPT[-1].name), DOMAIN)
    made.ensure([f"*.pstn.{DOMAIN}", "127.0.0.1"], datetime.now(UTC))
    return made


def server_tls(*, trusted: Path | None = None) -> GatewayTls:
    tls = GatewayTls(trusted)
    tls.load(certificates().files())
    return tls


def caller_context(
    least: ssl.TLSVersion = ssl.TLSVersion.MINIMUM_SUPPORTED,
    most: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
    ciphers: str = "ALL:@SECLEVEL=0",
    *,
    verified: bool = True,
) -> ssl.SSLContext:
    """A peer that speaks anything, or just what is asked for."""
    context = ssl.create_default_context(cafile=certificates().authority_file)
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(ciphers)
    context.minimum_version, context.maximum_version = least, most
    return context
