"""The operator sees the gateways of this host, drains them, and takes them back."""

import json
from typing import Any

from tests.unit.service_control.asking import answering, assert_refused, get, post
from tests.unit.service_control.house import House

GATEWAYS = "/operator/v1/Gateways"
NAME = "gateway-127.0.0.1-5060"


async def test_gateways_are_listed_fetched_and_drained(house: House) -> None:
    asked: list[dict[str, Any]] = []

    def answer(question: dict[str, Any]) -> bytes:
        asked.append(question)
        state = {
            "calls": 3, "talking": 2, "quiet": False, "limits": "own share",
            "edge": "ashburn", "version": "1.2.3", "draining": question["verb"] == "drain",
        }  # fmt: skip
        return json.dumps(state).encode() + b"\n"

    async with answering(house.run_dir / f"{NAME}.sock", answer), house.client("operator") as operator:
        (house.run_dir / "gateway-__1-5062.sock").touch()
        [alive, silent] = (await get(operator, GATEWAYS))["gateways"]
        assert (silent["address"], silent["answers"], silent["calls"]) == ("[::1]:5062", False, None)
        assert (alive["address"], alive["answers"], alive["calls"], alive["talking"]) == ("127.0.0.1:5060", True, 3, 2)
        assert (alive["edge"], alive["version"], alive["draining"]) == ("ashburn", "1.2.3", False)
        assert (silent["edge"], silent["version"], silent["draining"]) == (None, None, None)
        assert await get(operator, f"{GATEWAYS}/{NAME}") == alive
        assert asked == [{"verb": "state"}] * 2
        drained = await post(operator, f"{GATEWAYS}/{NAME}/Drain", 200)
        assert (drained["calls"], drained["draining"]) == (3, True)
        assert asked[-1] == {"verb": "drain"}
        assert (await operator.delete(f"{GATEWAYS}/{NAME}/Drain")).status_code == 204
        assert asked[-1] == {"verb": "undrain"}
        assert_refused(await operator.delete(f"{GATEWAYS}/gateway-__1-5062/Drain"), 20503, 503)
        assert_refused(await operator.post(f"{GATEWAYS}/gateway-__1-5062/Drain"), 20503, 503)
        assert_refused(await operator.get(f"{GATEWAYS}/gateway-x"), 20404, 404)
    async with house.client() as customer:
        assert_refused(await customer.get(GATEWAYS), 20003, 401)
