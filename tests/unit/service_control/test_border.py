"""The border: authentication, error bodies, request ids, the body limit, the bulkhead (rows 15, 128, 129)."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from tests.kit.clock import FakeClock
from tests.unit.service_control.asking import LISTS, ROOT, TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import FIRST, OPERATOR, SECOND, SUB, TOKENS, House
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.store.errors import StoreUnavailable
from trunkline.platform.store.table import AccountRow
from trunkline.service.control.api.border import LARGEST_BODY, guard


def _basic(text: bytes) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(text).decode()}


async def test_row_128_no_credentials_is_the_documented_401(house: House) -> None:
    async with house.anonymous() as client:
        answer = await client.get(TRUNKS)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    assert answer.headers["X-Twilio-Error-Code"] == "20003"
    expected = (
        '{"code":20003,"message":"Authentication Error - No credentials provided",'
        '"more_info":"https://www.twilio.com/docs/errors/20003","status":401}'
    )
    assert answer.text == expected
    assert len(expected) == 141


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer abc"},
        {"Authorization": "Basic"},
        {"Authorization": "Basic ???"},
        {"Authorization": "Basic /w=="},
        _basic(b"no colon"),
        _basic(b"\xff\xfe:x"),
        _basic(f"{FIRST}:wrong".encode()),
        _basic(f"{FIRST}:".encode()),
        _basic(f"{FIRST}:{TOKENS[SECOND]}".encode()),
        _basic(f"AC{'9' * 32}:x".encode()),
        _basic(b"nobody:x"),
        _basic(b"nul\x00:x"),
        _basic(f"operator:{OPERATOR}".encode()),
        _basic(f"{FIRST}:ü".encode()),
    ],
)
@pytest.mark.parametrize("path", [TRUNKS, f"{LISTS}.json"])
async def test_row_128_bad_credentials_are_20003(house: House, headers: dict[str, str], path: str) -> None:
    async with house.anonymous(headers) as client:
        assert_refused(await client.get(path), 20003, 401)
        assert_refused(await client.post(path, data={"FriendlyName": "x"}), 20003, 401)


@pytest.mark.parametrize("username", [FIRST, "operator"])
async def test_the_operators_resources_are_the_operators_alone(house: House, username: str) -> None:
    async with house.client(username, "wrong") as client:
        assert_refused(await client.get("/operator/v1/Carriers"), 20003, 401)
    async with house.client() as client:
        assert_refused(await client.get("/operator/v1/Carriers"), 20003, 401)


@pytest.mark.parametrize("status", ["suspended", "closed"])
async def test_row_15_an_account_that_is_not_active_is_20005(house: House, status: str) -> None:
    async with house.store.writing() as session:
        account = await session.get(AccountRow, SECOND)
        assert account is not None
        account.status = status  # type: ignore[assignment]  # a Literal, from the test's list
        await session.commit()
    async with house.client(SECOND) as client:
        assert_refused(await client.get(TRUNKS), 20005, 403)


@pytest.mark.parametrize("status", ["suspended", "closed"])
async def test_row_15_what_the_parent_may_not_its_sub_accounts_may_not(house: House, status: str) -> None:
    async with house.client("operator") as operator, house.client(SUB) as child:
        await get(child, TRUNKS)
        await post(operator, f"/operator/v1/Accounts/{FIRST}", 200, Status=status)
        assert_refused(await child.get(TRUNKS), 20005, 403)


async def test_row_14_a_parent_acts_for_its_sub_accounts_and_nobody_else_does(house: House) -> None:
    theirs = f"{LISTS}.json".replace(FIRST, SUB)
    async with house.client() as parent, house.client(SUB) as child, house.client(SECOND) as stranger:
        made = await post(parent, theirs, FriendlyName="from above")
        assert (await get(child, theirs))["credential_lists"][0]["sid"] == made["sid"]
        assert_refused(await child.get(f"{LISTS}.json"), 20003, 403)
        assert_refused(await stranger.get(theirs), 20003, 403)
        assert_refused(await stranger.get(f"{LISTS}.json".replace(FIRST, "AC" + "9" * 32)), 20003, 403)
        assert_refused(await stranger.get(f"/2010-04-01/Accounts/{SUB}.json"), 20404, 404)
        assert (await get(parent, f"/2010-04-01/Accounts/{SUB}.json"))["owner_account_sid"] == FIRST
        assert [row["sid"] for row in (await get(child, "/2010-04-01/Accounts.json"))["accounts"]] == [SUB]
        assert_refused(await child.post("/2010-04-01/Accounts.json"), 20003, 403)
        assert_refused(await child.post(f"/2010-04-01/Accounts/{SUB}.json", data={"Status": "closed"}), 20001)
        await post(parent, f"/2010-04-01/Accounts/{SUB}.json", 200, Status="closed")
        assert_refused(await child.get(TRUNKS), 20005, 403)
        assert_refused(await parent.post(f"/2010-04-01/Accounts/{SUB}.json", data={"Status": "active"}), 20001)


@pytest.mark.parametrize(
    "path", ["/", "/v1/Nothing", "/v1/Trunks/", f"{ROOT}/SIP/CredentialLists", f"{ROOT}/Calls.csv", "/2010-04-01/x"]
)
async def test_row_129_unknown_paths_are_20404_with_the_path(house: House, path: str) -> None:
    async with house.client() as client:
        answer = await client.get(path)
    assert_refused(answer, 20404, 404)
    assert answer.json()["message"] == f"The requested resource {path} was not found"


@pytest.mark.parametrize(("method", "path"), [("PUT", TRUNKS), ("DELETE", TRUNKS), ("POST", f"{ROOT}/Calls.json")])
async def test_other_methods_are_20004(house: House, method: str, path: str) -> None:
    """rest.md 1.4."""
    async with house.client() as client:
        assert_refused(await client.request(method, path), 20004, 405)


async def test_a_refused_method_names_those_that_are_served(house: House) -> None:
    """RFC 9110 section 15.5.6."""
    async with house.client() as client:
        answers = [await client.put(path) for path in (TRUNKS, f"{TRUNKS}/TK{'a' * 32}", f"{ROOT}/Balance.json")]
    assert [answer.headers["Allow"] for answer in answers] == ["GET, POST", "GET, POST, DELETE", "GET"]


async def test_what_customers_are_answered_says_the_region_and_the_host(house: House) -> None:
    """rest.md 1.5: refusals as well as successes; the operator's answers do not."""
    async with house.client() as client, house.client("operator") as operator, house.anonymous() as nobody:
        answers = [await client.get(TRUNKS), await nobody.get(TRUNKS), await client.get("/v1/Nothing")]
        answers += [await client.get(f"{LISTS}.json", headers={"Host": "sip.example.com:8443"})]
        for answer in answers:
            assert answer.headers["X-Home-Region"] == "us1"
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
        hosts = [answer.headers["X-API-Domain"] for answer in answers]
        assert hosts == ["control.test"] * 3 + ["sip.example.com:8443"]
        for path in ("/operator/v1/Carriers", "/metrics", "/healthz"):
            headers = (await operator.get(path)).headers.keys()
            assert not headers & {"x-home-region", "x-api-domain", "access-control-allow-origin"}, path


async def test_a_browser_may_ask_before_it_asks(house: House) -> None:
    """rest.md 1.5 and the Fetch standard, section 3.2.2: a preflight has no credentials."""
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "DELETE"}
    asked["Access-Control-Request-Headers"] = "authorization"
    async with house.anonymous() as client:
        answer = await client.options(f"{TRUNKS}/TK{'a' * 32}", headers=asked)
        assert (answer.status_code, answer.content) == (204, b"")
        assert "DELETE" in answer.headers["Access-Control-Allow-Methods"].split(", ")
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"].split(", ")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Max-Age"] == "86400"
        assert "Twilio-Request-Id" in answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert_refused(await client.options("/operator/v1/Carriers", headers=asked), 20004, 405)


async def test_every_answer_carries_a_request_id_and_its_duration(house: House) -> None:
    """rest.md 1.5."""
    async with house.client() as client:
        answers = [await client.get(TRUNKS), await client.get("/nowhere"), await client.post(TRUNKS)]
    identifiers = [answer.headers["Twilio-Request-Id"] for answer in answers]
    assert all(re.fullmatch("RQ[0-9a-f]{32}", identifier) for identifier in identifiers)
    assert len(set(identifiers)) == 3
    assert {answer.headers["Twilio-Request-Duration"] for answer in answers} == {"0.030"}


async def test_a_body_over_the_limit_is_refused_with_and_without_its_length(house: House) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 1024 + 1):
            yield b"&FriendlyName=" + b"x" * 1010

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with house.client() as client:
        whole = await client.post(TRUNKS, content=b"FriendlyName=" + b"x" * LARGEST_BODY, headers=form)
        assert_refused(whole, 20001, 413)
        assert_refused(await client.post(TRUNKS, content=drip(), headers=form), 20001, 413)
        assert (await get(client, TRUNKS))["trunks"] == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"FriendlyName=%00", "application/x-www-form-urlencoded"),
        (b"FriendlyName=%ff%fe", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(2000)), "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=\xff"),
        (b"<xml/>", "text/xml"),
        (b"", "nonsense/;;="),
    ],
)
async def test_odd_bodies_never_break_the_server(house: House, content: bytes, kind: str) -> None:
    """Documented error or success, never 5xx."""
    async with house.client() as client:
        headers = {b"Content-Type": kind.encode("latin-1")}
        for path in (TRUNKS, f"{LISTS}.json"):
            answer = await client.post(path, content=content, headers=headers)
            assert answer.status_code in (201, 400), answer.text
            if answer.status_code == 400:
                assert answer.json()["code"] in (20001, 20002, 21240)


async def _refuse_behind_the_border(fault: Exception) -> httpx2.Response:
    """The answer to a request that ends in `fault`; what is asked after it must be answered."""
    app = FastAPI()
    clock = FakeClock()
    guard(app, RandomIds(), lambda: clock.leap(0.030))

    async def broken() -> None:
        raise fault

    async def sound() -> str:
        return "still here"

    app.add_api_route("/broken", broken)
    app.add_api_route("/sound", sound)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://control.test") as client:
        answer = await client.get("/broken")
        assert (await client.get("/sound")).status_code == 200
    return answer


async def test_a_bug_costs_one_request_and_tells_nothing() -> None:
    """The bulkhead of style.md section 8."""
    answer = await _refuse_behind_the_border(RuntimeError("with a secret inside"))
    assert_refused(answer, 20500, 500)
    assert "secret" not in answer.text


async def test_a_lost_database_is_503() -> None:
    assert_refused(await _refuse_behind_the_border(StoreUnavailable("gone")), 20503, 503)


@pytest.mark.parametrize("host", ["evil.example/x?", "a b", "", "x" * 300, "[::1", "a@b"])
async def test_an_unusable_host_header_does_not_get_into_addresses(house: House, host: str) -> None:
    async with house.client() as client:
        body = (await client.get(TRUNKS, headers={"Host": host})).json()
    assert body["meta"]["url"].startswith("http://control.test") or body["meta"]["url"].startswith("http://127.0.0.1")


async def test_addresses_point_back_at_the_host_that_was_asked(house: House) -> None:
    async with house.client() as client:
        body = (await client.get(TRUNKS, headers={"Host": "sip.example.com:8443"})).json()
    assert body["meta"]["url"] == "http://sip.example.com:8443/v1/Trunks?PageSize=50&Page=0"
