"""`trunkline sandbox`: a phone network in the box."""

from trunkline.platform.setting.settings import load_settings
from trunkline.service.sandbox.process import run


def main() -> int:
    return run(load_settings())
