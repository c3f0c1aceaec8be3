"""Schemathesis over our own OpenAPI document: whatever it thinks of, no answer is a 5xx."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from tests.contract.rest_service import Service
from tests.contract.stock import stock
from tests.unit.service_control.house import FIRST, OPERATOR, SECOND, TOKENS

pytestmark = pytest.mark.interop

WITH_FIELDS, WITHOUT = 2, 1
"""Examples of an operation in each mode, the same in every run; what has neither form nor query has little to vary."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("schemathesis")) as running:
        yield running


class Asker:
    """Sends what was thought of, to resources that are there; keeps what came of it."""

    def __init__(self, service: Service) -> None:
        self._client = httpx2.Client(base_url=service.base)
        trunk = service.client().trunking.v1.trunks.create(friendly_name="Office")
        [call, *_] = service.run(stock(service.house, FIRST, "+12025550170"))
        self._known = {"account_sid": FIRST, "trunk_sid": trunk.sid, "call_sid": call, "iso_code": "US"}
        self.statuses: dict[int, int] = {}
        self.broken: list[str] = []

    def close(self) -> None:
        self._client.close()

    def ask(self, case: Case[Any]) -> None:
        is_operators = case.path.startswith(("/operator/", "/metrics"))
        # What the operator closes in a test of his own resources is another account than the one that asks.
        known = {**self._known, "account_sid": SECOND} if is_operators else self._known
        path = {name: known.get(name, value) for name, value in case.path_parameters.items()}
        case.path_parameters.update(path)
        told: dict[str, Any] = case.as_transport_kwargs(base_url=str(self._client.base_url).rstrip("/"))
        answer = self._client.request(
            told["method"], told["url"], params=told.get("params"), data=_form(told.get("data")),
            auth=("operator", OPERATOR) if is_operators else (FIRST, TOKENS[FIRST]),
        )  # fmt: skip
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        # 503 is the sandbox's and the gateways' word, which do not run here.
        if answer.status_code >= 500 and not (answer.status_code == 503 and is_operators):
            self.broken.append(f"{case.method} {case.formatted_path} {told.get('data')!r}: {answer.text}")


@pytest.fixture
def asker(service: Service) -> Iterator[Asker]:
    asking = Asker(service)
    yield asking
    asking.close()


def _form(data: Any) -> Any:
    """A form of whatever was made: what is no map of fields is sent as text."""
    return data if isinstance(data, dict) or data is None else {"FriendlyName": str(data)}


def test_nothing_that_schemathesis_thinks_of_is_a_5xx(service: Service, asker: Asker) -> None:
    document = httpx2.get(f"{service.base}/openapi.json").json()
    for each in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(each, Ok), "an operation that cannot be read"
        operation = each.ok()
        examples = WITH_FIELDS if operation.body or operation.query else WITHOUT
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @seed(151)
            @settings(
                max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def asks(case: Case[Any]) -> None:
                asker.ask(case)

            # Nothing can be sent wrong to an operation that takes nothing.
            with suppress(*((Unsatisfiable,) if mode is GenerationMode.NEGATIVE else ())):
                asks()
    assert asker.broken == []
    assert asker.statuses[200] > 50, asker.statuses
    assert asker.statuses[201] > 10, asker.statuses
    assert asker.statuses[400] > 150, asker.statuses
