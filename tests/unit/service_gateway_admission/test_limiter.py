"""Decision 7 and row 38: which part of a limit is a gateway's."""

from pathlib import Path

import pytest

from trunkline.domain.trunk.edge.edges import EdgeGateway
from trunkline.domain.trunk.share import Share
from trunkline.platform.jobs.jobs import Jobs
from trunkline.platform.setting.address import HostPort
from trunkline.platform.setting.errors import SettingsError
from trunkline.platform.setting.settings import GatewaySettings, load_settings
from trunkline.service.gateway.admission.limiter import open_limiter, shares
from trunkline.service.gateway.call.calls import Calls

PLATFORM = [
    EdgeGateway("ashburn", "192.0.2.1", 5060),
    EdgeGateway("dublin", "192.0.2.2", 5060),
    EdgeGateway("ashburn", "192.0.2.1", 5070),
]


@pytest.mark.parametrize(
    ("edge", "address", "at_edge", "everywhere"),
    [
        ("ashburn", HostPort("192.0.2.1", 5060), Share(0, 2), Share(0, 3)),
        ("ashburn", HostPort("192.0.2.1", 5070), Share(1, 2), Share(2, 3)),
        ("dublin", HostPort("192.0.2.2", 5060), Share(0, 1), Share(1, 3)),
    ],
)
def test_row_38_rates_are_parted_at_the_edge_and_calls_at_once_over_the_platform(
    edge: str, address: HostPort, at_edge: Share, everywhere: Share
) -> None:
    bind = HostPort("127.0.0.1", address.port)
    gateway = GatewaySettings(str(bind), edge, bind, address, Path("journal"), "gateway")
    assert shares(gateway, PLATFORM) == (at_edge, everywhere)


@pytest.mark.parametrize("url", ["valkey://192.0.2.9:99999", "valkey://:a?b@192.0.2.9", "valkey://192.0.2.9/?db=x"])
def test_a_valkey_that_cannot_be_named_is_one_line_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/settings.md: a bad setting is no traceback."""
    monkeypatch.setenv("TRUNKLINE_VALKEY_URL", url)
    settings = load_settings()
    with pytest.raises(SettingsError, match=r"^TRUNKLINE_VALKEY_URL=\*\*\*: ") as told:
        open_limiter(settings, settings.gateways[0], Calls(), Jobs())
    assert "a?b" not in str(told.value)
