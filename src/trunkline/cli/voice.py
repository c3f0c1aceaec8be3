"""`trunkline voice`: the platform's own phone."""

from trunkline.platform.setting.settings import load_settings
from trunkline.service.voice.process import run


def main() -> int:
    return run(load_settings())
