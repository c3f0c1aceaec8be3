"""`trunkline gateway`: the process of one SIP address."""

from trunkline.platform.setting.errors import SettingsError
from trunkline.platform.setting.settings import load_settings
from trunkline.service.gateway.process import run


def main(instance: str) -> int:
    """`instance` is one of TRUNKLINE_SIP_BIND; "" takes the first. Raises SettingsError for any other."""
    settings = load_settings()
    for gateway in settings.gateways:
        if instance in {"", gateway.instance}:
            return run(settings, gateway)
    raise SettingsError(f"no gateway {instance} in TRUNKLINE_SIP_BIND")
