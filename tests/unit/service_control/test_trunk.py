"""Trunks over REST: rows 2-12, 130-136."""

from tests.unit.service_control.house import House


async def test_row_2_a_trunk_made_without_parameters_has_the_documented_defaults(house: House) -> None:
    async with house.client() as client:
        answer = await client.post("/v1/Trunks")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["secure"] is False
