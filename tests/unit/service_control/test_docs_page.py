"""`/docs` and `/openapi.json`: what they hold, and what is said where the browser's files are not there."""

from pathlib import Path

import pytest

from tests.unit.service_control.asking import assert_refused, get
from tests.unit.service_control.house import House
from trunkline.service.control import docs_page


async def test_docs_without_its_files_says_what_is_missing_and_how_to_get_it(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(docs_page._FILES, "swagger-ui-bundle.js", tmp_path / "swagger-ui-bundle.js")
    async with house.anonymous() as client:
        answer = await client.get("/docs")
        assert answer.status_code == 503
        for word in ("swagger-ui-dist", "npm", "tools/browser_files.py", "/openapi.json"):
            assert word in answer.text
        assert answer.headers["Content-Security-Policy"] == docs_page.POLICY
        assert_refused(await client.get("/docs/swagger-ui-bundle.js"), 20404, 404)


async def test_docs_serves_its_files_and_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        (tmp_path / name).write_text("/* theirs */")
        monkeypatch.setitem(docs_page._FILES, name, tmp_path / name)
    async with house.anonymous() as client:
        answer = await client.get("/docs")
        assert (answer.status_code, answer.headers["Content-Security-Policy"]) == (200, docs_page.POLICY)
        assert "script-src 'self';" in docs_page.POLICY
        assert "http" not in answer.text, "the page names no address of another host"
        script = await client.get("/docs/docs.js")
        assert script.headers["Content-Type"].startswith("text/javascript")
        assert (await client.get("/docs/swagger-ui.css")).text == "/* theirs */"
        for name in ("docs.html", "..%2fopenapi.py", "docs_missing.html", ".lock"):
            assert_refused(await client.get(f"/docs/{name}"), 20404, 404)


async def test_the_document_tells_products_credentials_and_errors(house: House) -> None:
    """OpenAPI 3.1 with a tag per product, the operator's resources in it."""
    async with house.anonymous() as client:
        document = await get(client, "/openapi.json")
    assert document["openapi"].startswith("3.1.")
    expected = {
        "/v1/Trunks/{sid}": ("Trunking", "account"),
        "/2010-04-01/Accounts/{account_sid}/Calls.json": ("API 2010", "account"),
        "/v1/DialingPermissions/Countries": ("Voice", "account"),
        "/v1/Alerts": ("Monitor", "account"),
        "/operator/v1/Carriers": ("Operator", "operator"),
        "/metrics": ("Platform", "operator"),
    }
    for path, (tag, scheme) in expected.items():
        operation = document["paths"][path]["get"]
        assert operation["tags"] == [tag]
        assert operation["security"] == [{scheme: []}]
    assert "security" not in document["paths"]["/healthz"]["get"]
    assert document["components"]["securitySchemes"].keys() == {"account", "operator"}
    named = {tag["name"] for tag in document["tags"]}
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert {tag for operation in operations for tag in operation["tags"]} == named
    assert all("422" not in operation["responses"] for operation in operations)
    identifiers = [operation["operationId"] for operation in operations]
    assert len(set(identifiers)) == len(identifiers)
