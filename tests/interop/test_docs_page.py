"""`/docs` in a real browser: every operation shown, nothing asked of another host, nothing against its policy."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.contract.rest_service import Service
from tests.interop.peer import peer
from trunkline.service.control.docs_page import POLICY, VENDOR

pytestmark = pytest.mark.interop

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    if not (VENDOR / "swagger-ui-bundle.js").is_file():
        pytest.skip("missing peer: swagger-ui-dist (npm package; tools/browser_files.py)")
    with Service(tmp_path_factory.mktemp("docs")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = peer("chromium")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=list(_QUIET))
        yield opened
        opened.close()


@dataclass(slots=True)
class Watched:
    """A page and what went on beside it."""

    page: Page
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        """What the policy forbade, as the document itself was told of it."""
        told: list[str] = self.page.evaluate("window.violations")
        return told


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    # Set before any script of the page runs; the policy does not hold for what the driver evaluates.
    page.add_init_script(
        "window.violations = []; document.addEventListener('securitypolicyviolation',"
        " event => window.violations.push(event.violatedDirective + ' ' + event.blockedURI))"
    )
    seen = Watched(page)
    page.on("request", lambda request: seen.requested.append(request.url))
    page.on("console", lambda message: seen.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda fault: seen.complaints.append(str(fault)))
    yield seen
    page.close()


def _walk_down(page: Page, wanted: int) -> tuple[set[str], set[str]]:
    """Names of products and ids of operations: the page fills as it is scrolled."""
    tags: set[str] = set()
    operations: set[str] = set()
    page.wait_for_selector(".opblock")
    for _ in range(200):
        tags |= set(page.eval_on_selector_all(".opblock-tag", "all => all.map(each => each.dataset.tag)"))
        operations |= set(page.eval_on_selector_all(".opblock", "all => all.map(each => each.id)"))
        if len(operations) >= wanted:
            break
        page.mouse.wheel(0, 800)
        page.wait_for_timeout(100)
    return tags, operations


def test_docs_shows_every_operation_from_this_host_alone(service: Service, watched: Watched) -> None:
    """Issue of the control plane, documentation: offline, strict policy."""
    page = watched.page
    answer = page.goto(f"{service.base}/docs")
    assert answer is not None
    assert answer.headers["content-security-policy"] == POLICY
    document = page.evaluate("fetch('/openapi.json').then(answer => answer.json())")
    wanted = sum(len(operations) for operations in document["paths"].values())
    tags, operations = _walk_down(page, wanted)
    assert len(operations) == wanted
    assert tags >= {"Trunking", "API 2010", "Voice", "Monitor", "Operator", "Platform"}
    page.keyboard.press("Home")

    one = page.locator("[id^='operations-Trunking-create'][id$='Trunks_post']").first
    one.locator(".opblock-summary-control").click()
    one.locator("text=DisasterRecoveryUrl").first.wait_for()
    page.click("button.authorize")
    page.locator(".auth-container").first.wait_for()
    assert {url.split("?")[0].removeprefix(service.base) for url in watched.requested} <= {
        "/docs", "/docs/docs.js", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/openapi.json",
        "data:,", *(url for url in watched.requested if url.startswith("data:")),
    }  # fmt: skip
    assert watched.violations() == []
    assert watched.complaints == []


def test_an_operation_is_tried_out_from_the_page(service: Service, watched: Watched) -> None:
    """The page's own requests are allowed by its policy."""
    page = watched.page
    page.goto(f"{service.base}/docs#/Platform")
    page.wait_for_selector(".opblock")
    health = page.locator(".opblock", has_text="/healthz")
    health.locator(".opblock-summary-control").click()
    health.locator("button.try-out__btn").click()
    health.locator("button.execute").click()
    health.locator(".live-responses-table .response-col_status", has_text="200").first.wait_for()
    assert watched.violations() == []


def test_the_policy_would_be_seen_to_be_broken(service: Service, watched: Watched) -> None:
    """A watch that sees nothing shows nothing."""
    page = watched.page
    page.goto(f"{service.base}/docs")
    page.wait_for_selector(".opblock-tag")
    page.evaluate(
        "new Promise(done => { const script = document.createElement('script'); script.onerror = done;"
        " script.src = 'http://127.0.0.2:1/x.js'; document.body.append(script) })"
    )
    assert any("script-src" in violation for violation in watched.violations())
