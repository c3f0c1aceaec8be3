"""`trunkline control`: REST API, operator resources and health."""

from trunkline.platform.setting.settings import load_settings
from trunkline.service.control.process import run


def main() -> int:
    return run(load_settings())
