"""The operator's resources and health: design, section 7 and decision 19."""

import json
import os
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.service_control.asking import ROOT, Answer, answering, assert_refused, get, post
from tests.unit.service_control.house import FIRST, House
from trunkline.domain.trunk.carrier.login import CarrierLogin
from trunkline.kit.secret import Secret
from trunkline.platform.store.directory import StoreDirectory
from trunkline.platform.store.migrate import downgrade
from trunkline.platform.store.table import AccountRow
from trunkline.service.control.provisioning.account.account import create_sub_account

CARRIERS = "/operator/v1/Carriers"
LIMITS = f"/operator/v1/Accounts/{FIRST}/Limits"


async def test_carriers_have_a_life(house: House) -> None:
    async with house.client("operator") as operator:
        form = {
            "FriendlyName": "North",
            "Gateway": ["sip:192.0.2.10:5060", "sip:gw.example.com;transport=tls", "sip:[2001:db8::1]:5070"],
            "Prefix": ["+", "+44"],
            "Priority": "1",
            "Weight": "3",
            "SourceAddress": ["192.0.2.77/24", "198.51.100.1"],
        }
        made = await operator.post(CARRIERS, data=form)
        assert made.status_code == 201, made.text
        body = made.json()
        assert body["sid"].startswith("CY")
        assert len(body["sid"]) == 34
        assert body["gateway"] == form["Gateway"]
        assert sorted(body["prefix"]) == ["+", "+44"]
        assert sorted(body["source_address"]) == ["192.0.2.0/24", "198.51.100.1/32"]
        assert (body["priority"], body["weight"], body["enabled"]) == (1, 3, True)
        path = f"{CARRIERS}/{body['sid']}"
        assert await get(operator, path) == body
        changed = await post(
            operator, path, 200, Enabled="false", Prefix="+1", Gateway=["sip:192.0.2.10:5060", "sip:b"]
        )
        assert (changed["enabled"], changed["prefix"], changed["weight"]) == (False, ["+1"], 3)
        assert changed["gateway"] == ["sip:192.0.2.10:5060", "sip:b"]
        assert changed["source_address"] == body["source_address"]
        assert (await post(operator, path, 200, SourceAddress=""))["source_address"] == []
        assert [row["sid"] for row in (await get(operator, CARRIERS))["carriers"]] == [body["sid"]]
        assert (await operator.delete(path)).status_code == 204
        assert_refused(await operator.get(path), 20404, 404)
        assert_refused(await operator.post(path), 20404, 404)


async def test_carriers_tell_how_they_want_their_calls(house: House) -> None:
    form = {
        "FriendlyName": "North",
        "Gateway": "sip:192.0.2.10:5060",
        "NumberFormat": "digits",
        "StripPrefix": "+1",
        "TechPrefix": "9981#",
        "CallerIdHeader": ["rpid", "from"],
        "PassXHeaders": "true",
        "StopCodes": ["503", "480"],
        "MoveOnCodes": ["403", "603"],
        "MaxChannels": "30",
        "OptionsPing": "false",
        "TlsVerify": "true",
    }
    async with house.client("operator") as operator:
        body = await post(operator, CARRIERS, 201, FriendlyName="Plain", Gateway="sip:192.0.2.9")
        plain: tuple[object, ...] = ("e164", "", "", ["from", "pai"], False, [], [], None, True, None, None, False)
        names: tuple[str, ...] = ("number_format", "strip_prefix", "tech_prefix", "caller_id_header", "pass_x_headers")
        names += ("stop_codes", "move_on_codes", "max_channels", "options_ping", "username", "realm", "tls_verify")
        assert tuple(body[name] for name in names) == plain
        body = await post(operator, CARRIERS, 201, **form)
        expected = (
            "digits",
            "+1",
            "9981#",
            ["from", "rpid"],
            True,
            [480, 503],
            [403, 603],
            30,
            False,
            None,
            None,
            True,
        )
        assert tuple(body[name] for name in names) == expected
        path = f"{CARRIERS}/{body['sid']}"
        assert await get(operator, path) == body
        body = await post(operator, path, 200, MaxChannels="", MoveOnCodes="", TechPrefix="", StripPrefix="")
        assert (body["max_channels"], body["move_on_codes"], body["tech_prefix"], body["strip_prefix"]) == (
            None,
            [],
            "",
            "",
        )
        assert body["stop_codes"] == [480, 503]


async def test_a_carriers_password_goes_in_and_never_comes_out(house: House) -> None:
    form = {"FriendlyName": "North", "Gateway": "sip:192.0.2.10", "Username": "trunk7", "Realm": "carrier.example"}
    async with house.client("operator") as operator:
        made = await operator.post(CARRIERS, data={**form, "Password": "correct horse 9"})
        assert made.status_code == 201
        assert "correct horse" not in made.text
        body = made.json()
        assert (body["username"], body["realm"]) == ("trunk7", "carrier.example")
        path = f"{CARRIERS}/{body['sid']}"
        assert "correct horse" not in (await operator.get(path)).text + (await operator.get(CARRIERS)).text
        (facts,) = await StoreDirectory(house.store, house.bench.vault).carriers()
        assert facts.login == CarrierLogin("trunk7", "carrier.example", Secret("correct horse 9"))
        for incomplete in ({"Password": ""}, {"Realm": ""}, {"Username": "a\r\nb"}):
            assert_refused(await operator.post(path, data=incomplete), 20001)
        assert_refused(await operator.post(CARRIERS, data=form), 20001)
        assert (await post(operator, path, 200, Username=""))["realm"] is None
        (facts,) = await StoreDirectory(house.store, house.bench.vault).carriers()
        assert facts.login is None


async def test_a_carriers_health_is_told_by_every_gateway_process(house: House) -> None:
    def seen(*uris: str) -> Answer:
        told = [
            {"gateway": uri, "state": "down", "since": "2026-01-01T00:00:00+00:00", "last_failure": "no response"}
            for uri in uris
        ]
        return lambda question: (
            json.dumps({"carriers": told} if question == {"verb": "carriers"} else {}).encode() + b"\n"
        )

    async with house.client("operator") as operator:
        form = {"FriendlyName": "North", "Gateway": ["sip:192.0.2.10:5060", "sip:GW.example.com;transport=tcp"]}
        made = await post(operator, CARRIERS, 201, **form)
        assert made["health"] == []
        one = seen("sip:192.0.2.10:5060", "sip:192.0.2.99:5060")
        two = seen("sip:gw.example.com;transport=tcp")
        async with answering(house.run_dir / "gateway-1.sock", one), answering(house.run_dir / "gateway-2.sock", two):
            fetched = await get(operator, f"{CARRIERS}/{made['sid']}")
            (listed,) = (await get(operator, CARRIERS))["carriers"]
        told = {"state": "down", "since": "2026-01-01T00:00:00+00:00", "last_failure": "no response"}
        assert (
            fetched["health"]
            == listed["health"]
            == [
                {"gateway": "sip:192.0.2.10:5060", "seen_by": "gateway-1", **told},
                {"gateway": "sip:gw.example.com;transport=tcp", "seen_by": "gateway-2", **told},
            ]
        )


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"Gateway": "sip:192.0.2.1"},
        {"FriendlyName": "x"},
        {"FriendlyName": "x", "Gateway": ""},
        {"FriendlyName": "x", "Gateway": "192.0.2.1"},
        {"FriendlyName": "x", "Gateway": "sips:192.0.2.1"},
        {"FriendlyName": "x", "Gateway": "sip:192.0.2.1:0"},
        {"FriendlyName": "x", "Gateway": "sip:192.0.2.1:99999"},
        {"FriendlyName": "x", "Gateway": "sip:192.0.2.999"},
        {"FriendlyName": "x", "Gateway": "sip:[::1"},
        {"FriendlyName": "x", "Gateway": "sip:b;transport=carrier-pigeon"},
        {"FriendlyName": "x", "Gateway": "sip:b", "Prefix": "44"},
        {"FriendlyName": "x", "Gateway": "sip:b", "SourceAddress": "gw.example.com"},
        {"FriendlyName": "x", "Gateway": "sip:b", "Priority": "65536"},
        {"FriendlyName": "x", "Gateway": "sip:b", "Weight": "0"},
        {"FriendlyName": "x", "Gateway": ["sip:b"] * 101},
        {"FriendlyName": "x", "Gateway": "sip:b", "NumberFormat": "national"},
        {"FriendlyName": "x", "Gateway": "sip:b", "StripPrefix": "1"},
        {"FriendlyName": "x", "Gateway": "sip:b", "TechPrefix": "9@evil"},
        {"FriendlyName": "x", "Gateway": "sip:b", "CallerIdHeader": "to"},
        {"FriendlyName": "x", "Gateway": "sip:b", "CallerIdHeader": ""},
        {"FriendlyName": "x", "Gateway": "sip:b", "StopCodes": "200"},
        {"FriendlyName": "x", "Gateway": "sip:b", "MoveOnCodes": "4xx"},
        {"FriendlyName": "x", "Gateway": "sip:b", "StopCodes": "486", "MoveOnCodes": ["403", "486"]},
        {"FriendlyName": "x", "Gateway": "sip:b", "MaxChannels": "-1"},
        {"FriendlyName": "x", "Gateway": "sip:b", "Username": "a"},
        {"FriendlyName": "x", "Gateway": "sip:b", "Username": "a", "Password": "b"},
    ],
)
async def test_carriers_that_cannot_be_are_20001(house: House, form: dict[str, Any]) -> None:
    async with house.client("operator") as operator:
        assert_refused(await operator.post(CARRIERS, data=form), 20001)
        assert (await get(operator, CARRIERS))["carriers"] == []


async def test_rows_38_39_41_limits_change_one_by_one_and_empty_is_none(house: House) -> None:
    async with house.client("operator") as operator:
        body = await get(operator, LIMITS)
        assert (body["cps"], body["concurrent"]) == (1, 4)
        body = await post(operator, LIMITS, 200, Cps="10", PoolCps="20", Countries=["us", "GB"])
        expected = {"account_sid": FIRST, "cps": 10, "pool_cps": 20, "concurrent": 4, "countries": ["GB", "US"]}
        assert body == expected
        body = await post(operator, LIMITS, 200, Cps="", Concurrent="", Countries="")
        assert body == {**expected, "cps": None, "concurrent": None, "countries": []}
        for form in ({"Cps": "-1"}, {"Cps": "1.5"}, {"Concurrent": "9999999"}, {"Countries": "England"}):
            assert_refused(await operator.post(LIMITS, data=form), 20001)
        assert_refused(await operator.get(LIMITS.replace(FIRST, "AC" + "9" * 32)), 20404, 404)
        assert_refused(await operator.post(LIMITS.replace(FIRST, "AC" + "9" * 32)), 20404, 404)


async def test_row_75_tls_switches_of_an_account_and_a_trunk(house: House) -> None:
    async with house.client(FIRST) as customer:
        trunk = (await post(customer, "/v1/Trunks", 201, FriendlyName="t"))["sid"]
    resources = [
        (f"/operator/v1/Accounts/{FIRST}/Tls", "account_sid", FIRST, "DeprecatedVersions", "deprecated_versions"),
        (f"/operator/v1/Trunks/{trunk}/Tls", "trunk_sid", trunk, "Verify", "verify"),
    ]
    async with house.client("operator") as operator:
        for path, key, sid, field, name in resources:
            assert await get(operator, path) == {key: sid, name: False}
            assert await post(operator, path, 200, **{field: "true"}) == {key: sid, name: True}
            assert await get(operator, path) == {key: sid, name: True}
            assert await post(operator, path, 200, **{field: "false"}) == {key: sid, name: False}
            assert_refused(await operator.post(path, data={field: "perhaps"}), 20001)
            assert_refused(await operator.post(path), 20001)
            unknown = path.replace(sid, sid[:2] + "9" * 32)
            assert_refused(await operator.get(unknown), 20404, 404)
            assert_refused(await operator.post(unknown, data={field: "true"}), 20404, 404)


async def test_rows_15_16_the_operator_says_what_an_account_is(house: House) -> None:
    path = f"/operator/v1/Accounts/{FIRST}"
    async with house.client("operator") as operator:
        first: dict[str, Any] = {
            "sid": FIRST, "parent_sid": None, "friendly_name": "account 1", "status": "active", "type": "Full",
            "credit": None, "out_of_funds": False, "date_created": (await get(operator, path))["date_created"],
        }  # fmt: skip
        assert await get(operator, path) == first
        assert await post(operator, path, 200, Type="Trial", Status="suspended") == {
            **first, "type": "Trial", "status": "suspended",
        }  # fmt: skip
        assert await post(operator, path, 200, Type="Full") == {**first, "status": "suspended"}
        await post(operator, path, 200, Status="closed")
        assert_refused(await operator.post(path, data={"Status": "active"}), 20001)
        assert_refused(await operator.post(path, data={"Type": "Gold"}), 20001)
        assert_refused(await operator.post(path.replace(FIRST, "AC" + "9" * 32)), 20404, 404)


async def test_rows_38_41_accounts_made_later_have_the_default_limits(house: House) -> None:
    bench = replace(house.bench, default_cps=7)
    async with house.store.reading() as session:
        parent = await session.get(AccountRow, FIRST)
    assert parent is not None
    made = await create_sub_account(bench, parent, "Later")
    async with house.client("operator") as operator:
        body = await get(operator, LIMITS.replace(FIRST, made.sid))
    assert (body["cps"], body["pool_cps"], body["concurrent"]) == (7, None, 4)


async def test_row_35_accounts_made_later_have_the_operators_countries(house: House) -> None:
    """Those that there are keep theirs; "off by default outside the home region" (goals.md, Money)."""
    path = "/operator/v1/GeographicDefaults"
    async with house.store.reading() as session:
        parent = await session.get(AccountRow, FIRST)
    assert parent is not None
    async with house.client("operator") as operator, house.client() as customer:
        before = await get(operator, LIMITS)
        assert await get(operator, path) == {"countries": ["CA", "GB", "US"]}
        assert await post(operator, path, 200, Countries=["nz", "AU", "NZ"]) == {"countries": ["AU", "NZ"]}
        made = await create_sub_account(house.bench, parent, "Later")
        assert (await get(operator, LIMITS.replace(FIRST, made.sid)))["countries"] == ["AU", "NZ"]
        assert await get(operator, LIMITS) == before
        for bad in ({"Countries": "NZL"}, {"Countries": ["NZ", "1A"]}, {"Countries": "XX"}, {}):
            assert_refused(await operator.post(path, data=bad), 20001)
        assert await get(operator, path) == {"countries": ["AU", "NZ"]}
        assert await post(operator, path, 200, Countries="") == {"countries": []}
        assert (await customer.get(path)).status_code in (401, 403, 404)


async def test_sandbox_calls_are_asked_for_on_its_socket(house: House) -> None:
    asked: list[dict[str, Any]] = []

    def place(question: dict[str, Any]) -> bytes:
        asked.append(question)
        return json.dumps({"sid": "1", "status": "calling"}).encode() + b"\n"

    form = {"From": "+15005550100", "To": "+12025550100"}
    async with house.client("operator") as operator:
        assert_refused(await operator.post("/operator/v1/SandboxCalls", data=form), 20503, 503)
        async with answering(house.run_dir / "sandbox.sock", place):
            answer = await operator.post("/operator/v1/SandboxCalls", data=form)
        assert (answer.status_code, answer.json()) == (201, {"sid": "1", "status": "calling"})
        assert asked == [{"from": "+15005550100", "to": "+12025550100"}]
        for bad in ({"From": "x y", "To": "+1"}, {"From": "+1", "To": "nobody"}, {"To": "+1"}, {"From": "+1"}):
            assert_refused(await operator.post("/operator/v1/SandboxCalls", data=bad), 20001)


async def test_row_144_digits_are_given_to_the_sandbox(house: House) -> None:
    asked: list[dict[str, Any]] = []

    def keep(question: dict[str, Any]) -> bytes:
        asked.append(question)
        return b'{"number": "+15005550114", "digits": "12"}\n'

    async with house.client("operator") as operator:
        assert_refused(await operator.post("/operator/v1/SandboxKeypads", data={"Digits": "12"}), 20503, 503)
        async with answering(house.run_dir / "sandbox.sock", keep):
            answer = await operator.post("/operator/v1/SandboxKeypads", data={"Digits": "12"})
        assert (answer.status_code, answer.json()) == (201, {"number": "+15005550114", "digits": "12"})
        assert asked == [{"keypad": "12"}]
        for bad in ("", "1" * 65, "abc", "1 2"):
            assert_refused(await operator.post("/operator/v1/SandboxKeypads", data={"Digits": bad}), 20001)


@pytest.mark.parametrize("line", [b"", b"nonsense\n", b"[]\n", b"\xff\n"])
async def test_a_process_that_answers_nonsense_is_not_running(house: House, line: bytes) -> None:
    form = {"From": "+15005550100", "To": "+12025550100"}
    async with house.client("operator") as operator, answering(house.run_dir / "sandbox.sock", lambda _: line):
        assert_refused(await operator.post("/operator/v1/SandboxCalls", data=form), 20503, 503)


async def test_a_refusing_sandbox_is_20409(house: House) -> None:
    form = {"From": "+15005550100", "To": "+12025550100"}
    refusal = b'{"error": "busy"}\n'
    async with house.client("operator") as operator, answering(house.run_dir / "sandbox.sock", lambda _: refusal):
        assert_refused(await operator.post("/operator/v1/SandboxCalls", data=form), 20409, 409)


async def test_row_69_caller_names_have_a_life(house: House) -> None:
    path = "/operator/v1/CallerNames"
    async with house.client("operator") as operator:
        made = await post(operator, path, 201, PhoneNumber="+12025550199", Name="ACME CORP")
        assert made["sid"].startswith("NM")
        assert (made["phone_number"], made["name"]) == ("+12025550199", "ACME CORP")
        again = await post(operator, path, 201, PhoneNumber="+12025550199", Name="ACME")
        assert (again["sid"], again["name"]) == (made["sid"], "ACME"), "a number has one name"
        other = await post(operator, path, 201, PhoneNumber="+12025550198", Name="Other")
        listed = (await get(operator, path))["caller_names"]
        assert [row["sid"] for row in listed] == [other["sid"], made["sid"]]
        found = (await get(operator, f"{path}?PhoneNumber=%2B12025550199"))["caller_names"]
        assert [row["name"] for row in found] == ["ACME"]
        assert (await get(operator, f"{path}/{made['sid']}"))["name"] == "ACME"
        for number, name in (("12025550199", "A"), ("+12025550199", ""), ("+12025550199", "x" * 16), ("+1", 'a"b')):
            assert_refused(await operator.post(path, data={"PhoneNumber": number, "Name": name}), 20001, 400)
        assert (await operator.delete(f"{path}/{made['sid']}")).status_code == 204
        assert_refused(await operator.delete(f"{path}/{made['sid']}"), 20404, 404)
    async with house.client() as client:
        assert_refused(await client.get(path), 20003, 401)


async def test_row_36_blocked_destinations_have_a_life(house: House) -> None:
    path = "/operator/v1/BlockedDestinations"
    async with house.client("operator") as operator:
        made = await post(operator, path, 201, Prefix="+1900", Reason="premium")
        assert made["sid"].startswith("BD")
        assert len(made["sid"]) == 34
        assert (made["prefix"], made["reason"]) == ("+1900", "premium")
        again = await post(operator, path, 201, Prefix="+1900", Reason="another")
        assert again == made
        other = await post(operator, path, 201, Prefix="+442079460199")
        listed = (await get(operator, path))["blocked_destinations"]
        assert [row["sid"] for row in listed] == [other["sid"], made["sid"]]
        assert await get(operator, f"{path}/{made['sid']}") == made
        assert (await operator.delete(f"{path}/{made['sid']}")).status_code == 204
        assert_refused(await operator.delete(f"{path}/{made['sid']}"), 20404, 404)
        assert_refused(await operator.get(f"{path}/{made['sid']}"), 20404, 404)
    async with house.client() as client:
        assert_refused(await client.get(path), 20003, 401)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"Prefix": ""},
        {"Prefix": "+"},
        {"Prefix": "1900"},
        {"Prefix": "+0123"},
        {"Prefix": "+1234567890123456"},
        {"Prefix": "+1\n"},
        {"Prefix": "+1900", "Reason": "x" * 256},
    ],
)
async def test_row_36_prefixes_that_cannot_be_are_20001(house: House, form: dict[str, str]) -> None:
    async with house.client("operator") as operator:
        assert_refused(await operator.post("/operator/v1/BlockedDestinations", data=form), 20001)


async def test_bans_are_collected_from_all_gateways_and_lifted_at_all(house: House) -> None:
    held = {"gateway-a": ["192.0.2.1", "192.0.2.2"], "gateway-b": ["192.0.2.1"]}

    def gateway(name: str) -> Answer:
        def answer(question: dict[str, Any]) -> bytes:
            if question["verb"] == "bans":
                return json.dumps({"bans": [{"source": source} for source in held[name]]}).encode() + b"\n"
            assert question["verb"] == "unban"
            lifted = held[name].count(question["source"])
            held[name] = [source for source in held[name] if source != question["source"]]
            return json.dumps({"lifted": lifted}).encode() + b"\n"

        return answer

    async with house.client("operator") as operator:
        assert await get(operator, "/operator/v1/Bans") == {"bans": []}
        (house.run_dir / "gateway-gone.sock").touch()  # left behind by a gateway that was killed
        async with (
            answering(house.run_dir / "gateway-a.sock", gateway("gateway-a")),
            answering(house.run_dir / "gateway-b.sock", gateway("gateway-b")),
        ):
            bans = (await get(operator, "/operator/v1/Bans"))["bans"]
            assert [(ban["gateway"], ban["source"]) for ban in bans] == [
                ("gateway-a", "192.0.2.1"),
                ("gateway-a", "192.0.2.2"),
                ("gateway-b", "192.0.2.1"),
            ]
            fetched = (await get(operator, "/operator/v1/Bans/192.0.2.1"))["bans"]
            assert [ban["gateway"] for ban in fetched] == ["gateway-a", "gateway-b"]
            assert_refused(await operator.get("/operator/v1/Bans/192.0.2.9"), 20404, 404)
            assert (await operator.delete("/operator/v1/Bans/192.0.2.1")).status_code == 204
            assert held == {"gateway-a": ["192.0.2.2"], "gateway-b": []}
            assert_refused(await operator.delete("/operator/v1/Bans/192.0.2.1"), 20404, 404)


async def test_metrics_of_all_processes_are_one_page_for_the_operator_alone(house: House) -> None:
    def answer(question: dict[str, Any]) -> bytes:
        assert question == {"verb": "metrics"}
        return json.dumps({"metrics": {"calls": [[["trunking-terminating"], 3]]}}).encode() + b"\n"

    async with house.client("operator") as operator, house.client() as stranger:
        (house.run_dir / "gateway-gone.sock").touch()
        async with answering(house.run_dir / "gateway-a.sock", answer):
            page = await operator.get("/metrics")
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        lines = page.text.splitlines()
        assert 'trunkline_calls{direction="trunking-terminating",process="gateway-a"} 3.0' in lines
        assert any(line.startswith("trunkline_build_info{") for line in lines)
        assert any(line.startswith("trunkline_process_ready{instance=") and 'name="control"' in line for line in lines)
        assert "gateway-gone" not in page.text
        assert_refused(await stranger.get("/metrics"), 20003, 401)


def _row(name: str, state: str = "ready", pid: int | None = None) -> dict[str, Any]:
    return {"name": name, "instance": "", "pid": pid or os.getpid(), "state": state, "restarts": 0}


@pytest.mark.parametrize(
    ("states", "status", "code"),
    [
        (["ready", "ready"], "ok", 200),
        (["ready", "starting"], "starting", 503),
        (["ready", "failed"], "degraded", 503),
        (["starting", "failed"], "degraded", 503),
    ],
)
async def test_health_tells_what_the_supervisor_tells(house: House, states: list[str], status: str, code: int) -> None:
    rows = [_row("control"), *(_row(f"p{n}", state, 1) for n, state in enumerate(states))]
    (house.run_dir / "status.json").write_text(json.dumps({"processes": rows}))
    async with house.anonymous() as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (code, {"status": status, "processes": rows})


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"processes": 1}', '{"processes": [{"pid": 1}]}'])
async def test_health_alone_is_about_thisanswering(house: House, text: str | None) -> None:
    if text is not None:
        (house.run_dir / "status.json").write_text(text)
    async with house.anonymous() as client:
        answer = await client.get("/healthz")
    own = {**_row("control"), "instance": "127.0.0.1:8080"}
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "processes": [own]})


async def test_health_under_a_supervisor_waits_to_be_named(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier run's file says nothing about this one."""
    monkeypatch.setenv("TRUNKLINE_SUPERVISOR", str(os.getppid()))
    (house.run_dir / "status.json").write_text(json.dumps({"processes": [_row("control", pid=1)]}))
    async with house.anonymous() as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "starting")


async def test_health_without_its_database_is_degraded(house: House) -> None:
    await downgrade(f"sqlite:///{house.run_dir.parent / 'control.db'}", "base")
    async with house.anonymous() as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "degraded")
    assert answer.json()["processes"][0]["state"] == "no database"


async def test_a_store_without_tables_fails_requests_as_an_outage(house: House) -> None:
    await downgrade(f"sqlite:///{house.run_dir.parent / 'control.db'}", "base")
    async with house.client() as client:
        assert_refused(await client.get(f"{ROOT}/Calls.json"), 20503, 503)
