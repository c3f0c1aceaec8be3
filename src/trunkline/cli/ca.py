"""`trunkline ca bundle`: what peers are to trust when they call over TLS."""

import sys

from trunkline.platform.setting import clock
from trunkline.platform.setting.errors import SettingsError
from trunkline.platform.setting.settings import load_settings
from trunkline.platform.sipnet.certificates import HomeCertificates


def bundle() -> int:
    """Print the private authority's certificate as PEM, made if there is none yet; 1 where it signs nothing."""
    settings = load_settings()
    if settings.tls.certificates:
        sys.stderr.write("trunkline: the gateways show certificates of your own (TRUNKLINE_TLS_CERTIFICATE)\n")
        return 1
    settings.home.prepare()
    try:
        path = HomeCertificates(settings.home.tls, settings.domain).ensure_authority(clock.wall())
        sys.stdout.write(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as fault:
        raise SettingsError(f"{settings.home.tls}: {fault}") from fault
    return 0
