"""`trunkline relay`: the media process of this host."""

from trunkline.platform.setting.settings import load_settings
from trunkline.platform.setting.supervision import tell_ready
from trunkline.service.relay.config import RelayConfig
from trunkline.service.relay.process import run


def main() -> int:
    settings = load_settings()
    interface = settings.rtp_interfaces[0]
    config = RelayConfig(
        ng_address=(settings.ng_bind.host, settings.ng_bind.port),
        rtp_bind=interface.bind,
        rtp_advertise=interface.advertise,
        ports=(settings.rtp_ports.first, settings.rtp_ports.last),
    )
    return run(config, on_ready=lambda: tell_ready("relay"))
