"""By enumeration: what docs/twilio-compatibility.md calls served has a case of the Python SDK (row 151).

The cases say what they ask (`pytest.mark.asks`), and `conftest.py` holds them to it while they run.
"""

from importlib import import_module
from pathlib import Path

from tests.contract.operation import REFUSED, listed, operation_of, published

SUITE = sorted(path.stem for path in Path(__file__).parent.glob("test_twilio_sdk_*.py"))


def _said() -> list[str]:
    """The lines of every case of the suite."""
    modules = (import_module(f"tests.contract.{name}") for name in SUITE)
    cases = (case for module in modules for name, case in vars(module).items() if name.startswith("test_"))
    marks = (mark for case in cases for mark in getattr(case, "pytestmark", ()) if mark.name == "asks")
    return [line for mark in marks for line in mark.args]


def test_row_151_every_operation_has_a_case_of_the_sdk() -> None:
    assert published() - listed(_said()) == set(), "served, and no case asks for it"
    assert listed(_said()) - published() == set(), "a case says it asks for what the page does not list"


def test_the_page_is_read_whole() -> None:
    """The trunking product alone has 24 operations (issue of the control plane)."""
    assert len([path for _, path in published() if path.startswith("/v1/Trunks")]) == 24
    assert published() >= REFUSED


def test_a_request_is_of_the_route_that_fits_best() -> None:
    root = "http://127.0.0.1:8080/2010-04-01/Accounts"
    for method, url, route in (
        ("GET", f"{root}/AC1/IncomingPhoneNumbers/Local.json?PageSize=5", "~/IncomingPhoneNumbers/Local.json"),
        ("POST", f"{root}/AC1/IncomingPhoneNumbers/PN1.json", "~/IncomingPhoneNumbers/{}.json"),
        ("GET", f"{root}/AC1.json", "/2010-04-01/Accounts/{}.json"),
        ("GET", "http://127.0.0.1:8080/v1/Voice/Settings", "/v1/Voice/Settings"),
        ("GET", "http://127.0.0.1:8080/v1/Voice/CA1", "/v1/Voice/{}"),
    ):
        assert operation_of(method, url) == (method, route)
    assert operation_of("DELETE", f"{root}/AC1.json") is None
