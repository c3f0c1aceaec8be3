"""Writes docs/compliance.md: for each row of the acceptance matrix and each RFC section, its modules and its tests.

Rows and sections are read off the tests' names and docstrings; which module answers for a row is said below. Run it
after tests were added or renamed: `.venv/bin/python tools/compliance.py`.
"""

import ast
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "compliance.md"
SOURCE = "src/trunkline/"
MOST_TESTS = 4
"""Shown for each row; the nearest to the wire first."""
NEAREST = ("tests/e2e", "tests/interop", "tests/load", "tests/ladder", "tests/sim", "tests/races", "tests/contract")

# The rows of the goals are others.
_OTHERS = r"(?<![Gg]oals )(?<![Gg]oals, )(?<!reliability )"
_ROWS = re.compile(_OTHERS + r"(?:\b|_)[Rr]ows?[ _](\d+(?:(?:-|–|,| and|_and)?[ _]?\d+)*)")
_SPAN = re.compile(r"(\d+)\s*[-–]\s*(\d+)")
_RFC = re.compile(r"RFC (\d{4})(?:,? sections? (\d+(?:\.\d+)*))?")

ROWS: dict[int, tuple[str, str]] = {}


def _say(first: int, *rows: tuple[str, str]) -> None:
    ROWS.update(enumerate(rows, first))


_TERM, _ORIG = "domain/trunk/termination/routing.py", "domain/trunk/origination/routing.py"
_CHECKS = "domain/trunk/termination/checks.py"
_PROVISIONING, _API = "service/control/provisioning/", "service/control/api/"
_say(
    1,
    ("Trunk", _API + "trunking/trunks.py"),
    ("Trunk create", _API + "trunking/trunks.py"),
    ("Trunk update", _API + "trunking/trunks.py"),
    ("Trunk delete", _PROVISIONING + "trunking/trunk.py"),
    ("Delete blocked by emergency calling", _PROVISIONING + "trunking/association.py"),
    ("Delete blocked by sub-domains", _PROVISIONING + "trunking/trunk.py"),
    ("Trunk limit", _PROVISIONING + "trunking/trunk.py"),
    ("FriendlyName", _PROVISIONING + "field_rule.py"),
    ("DomainName format", "domain/trunk/domain_name.py"),
    ("DomainName unique", _PROVISIONING + "trunking/trunk.py"),
    ("Sub-domain of a trunk domain", _PROVISIONING + "trunking/trunk.py"),
    ("auth_type", _API + "trunking/trunks.py"),
    ("Finding trunks", _API + "operator/trunks.py"),
    ("Sub-accounts", _PROVISIONING + "account/account.py"),
)
_say(
    15,
    ("Account suspended or closed", _CHECKS),
    ("Trial limits", "domain/trunk/limits.py"),
    ("Termination URI, localised", "domain/trunk/domain_name.py"),
    ("Legacy edge names", "domain/trunk/edge/edges.py"),
    ("DNS of the edges", "domain/trunk/edge/zone.py"),
    ("Unknown domain is silence", "service/gateway/admission/admission.py"),
    ("Authentication required", _CHECKS),
    ("IP access control list", _CHECKS),
    ("Digest challenge", "protocol/sip/digest/server.py"),
    ("Digest failure", _TERM),
    ("Both enforced, list first", _TERM),
    ("REGISTER refused", _CHECKS),
    ("100 and Server", "protocol/sip/ua/core.py"),
    ("OPTIONS answered", "service/gateway/reception.py"),
    ("Max-Forwards", _CHECKS),
    ("E.164 rule", "domain/trunk/number/e164.py"),
)
_say(
    32,
    ("Caller ID", "domain/trunk/termination/caller_id.py"),
    ("Caller ID source", "domain/trunk/termination/caller_id.py"),
    ("Trial callee", _TERM),
    ("Geographic permission", "domain/trunk/number/geo.py"),
    ("Blocked destination", "domain/trunk/number/blocked.py"),
    ("Diversion from a customer", "domain/trunk/termination/caller_id.py"),
    ("Calls a second of a trunk", "domain/trunk/limits.py"),
    ("Calls a second of the pool", "domain/trunk/limits.py"),
    ("Change of the rate", "domain/trunk/limits.py"),
    ("Calls at once", "domain/trunk/limits.py"),
    ("200 without ACK", "domain/call/talk.py"),
    ("No progress in 60 s", "domain/call/search.py"),
    ("SDP bad or missing", _CHECKS),
    ("X-Twilio-Error", "domain/call/release_cause.py"),
    ("Origination host and user", "domain/trunk/origination/uri.py"),
    ("Transport of an origination URI", "domain/trunk/origination/uri.py"),
    ("sips is TLS", "domain/trunk/origination/uri.py"),
    ("edge parameter", "domain/trunk/edge/edges.py"),
    ("X- headers of a URI", "domain/trunk/origination/uri.py"),
    ("Ten URIs", _PROVISIONING + "trunking/origination_url.py"),
    ("Priority", _ORIG),
    ("Weight", "domain/trunk/weighted_order.py"),
    ("Enabled flag", _ORIG),
    ("Failover after 4 s", "domain/call/hunt.py"),
    ("Codes that stop", "domain/call/hunt_rule.py"),
    ("Codes that move on", "domain/call/hunt_rule.py"),
    ("401 and 407 of a PBX", "domain/call/hunt_rule.py"),
    ("No URI configured", _ORIG),
    ("An alert for each attempt", "domain/record/alert.py"),
    ("Diversion to the customer", "domain/trunk/origination/invite.py"),
    ("X-Twilio headers", "service/gateway/execution/outbound.py"),
    ("Allow", "protocol/sip/ua/core.py"),
    ("One redirect", "domain/call/hunt.py"),
    ("First Contact only", "domain/trunk/origination/redirect.py"),
    ("Forbidden targets", "domain/trunk/origination/redirect.py"),
    ("edge and tnx in a redirect", "domain/trunk/origination/redirect.py"),
    ("A redirect stays secure", "domain/trunk/origination/redirect.py"),
    ("CNAM", "domain/trunk/origination/caller_name.py"),
    ("Origination unlimited", "domain/trunk/limits.py"),
)
_say(75, ("TLS versions", "platform/sipnet/tls_context.py"), ("Ciphers", "platform/sipnet/tls_context.py"))
_say(
    81,
    ("Codecs", "protocol/sdp/offer.py"),
    ("No common codec", "protocol/sdp/offer.py"),
)
_say(
    84, ("DTMF untouched", "service/relay/forwarder.py"), ("ptime where the platform offers", "protocol/sdp/session.py")
)
_say(
    86,
    ("Symmetric RTP off", "protocol/rtp/latch.py"),
    ("Symmetric RTP on", "protocol/rtp/latch.py"),
    ("RTP ports", "service/relay/port_pool.py"),
    ("NAT keep-alive", "platform/sipnet/streams.py"),
    ("Session timers", "protocol/sip/ua/user_agent.py"),
    ("24 hours at most", "domain/call/talk.py"),
    ("No audio", "domain/call/silence.py"),
)
_say(
    109,
    ("Header manipulation", "domain/trunk/manipulation/policy.py"),
    ("Its limits", _PROVISIONING + "trunking/header_policy.py"),
)


RFCS = {
    "2069": "protocol/sip/digest/server.py",
    "2396": "protocol/sip/message/uri.py",
    "2543": "protocol/sip/message/via.py",
    "2782": "platform/sipnet/location.py",
    "3261": "protocol/sip/ua/user_agent.py",
    "3262": "protocol/sip/ua/answering.py",
    "3263": "platform/sipnet/location.py",
    "3264": "protocol/sdp/offer.py",
    "3311": "protocol/sip/ua/core.py",
    "3325": "domain/trunk/termination/caller_id.py",
    "3326": "domain/call/release_cause.py",
    "3515": "protocol/sip/ua/within.py",
    "3550": "protocol/rtp/statistics.py",
    "3581": "protocol/sip/message/via.py",
    "3711": "protocol/sdp/crypto.py",
    "3960": "domain/call/search.py",
    "3966": "domain/trunk/number/e164.py",
    "4028": "protocol/sip/ua/user_agent.py",
    "4475": "protocol/sip/message/parse.py",
    "4566": "protocol/sdp/session.py",
    "4568": "protocol/sdp/crypto.py",
    "4733": "protocol/rtp/telephone_event.py",
    "4855": "protocol/sdp/media.py",
    "5118": "protocol/sip/message/parse.py",
    "5626": "platform/sipnet/streams.py",
    "5761": "protocol/rtp/packet.py",
    "5806": "domain/trunk/termination/caller_id.py",
    "6026": "protocol/sip/transaction/layer.py",
    "6141": "domain/call/exchange.py",
    "7235": "protocol/sip/digest/client.py",
    "7616": "protocol/sip/digest/server.py",
    "8446": "platform/sipnet/client_hello.py",
    "8701": "platform/sipnet/client_hello.py",
    "8760": "protocol/sip/digest/server.py",
    "9110": "service/control/api/border.py",
}
"""The module that answers for a section which no unit test of a module names."""

HEAD = """# Compliance

What shows each row of the acceptance matrix and each section of an RFC: the module, and up to four tests, the nearest
to the wire first. `tools/compliance.py` writes this page from the tests' names and docstrings; a test checks its links.

## Rows

| row | what | module | tests |
|---|---|---|---|"""

_say(126, ("Alerts of the debugger", _API + "monitor/alerts.py"))
_say(
    128,
    ("Authentication of REST", _API + "authentication.py"),
    ("Error body", _API + "border.py"),
    ("Paging of v1", _API + "page.py"),
    ("Paging of 2010", _API + "page.py"),
    ("PageSize", _API + "page.py"),
    ("Dates", _API + "wire_date.py"),
    ("OriginationUrls", _API + "trunking/origination_urls.py"),
    ("Associations", _API + "trunking/access_lists.py"),
    ("Trunk recording", _API + "trunking/recording.py"),
    ("Credentials", _API + "account/sip_credentials.py"),
    ("Limits of credentials", _PROVISIONING + "account/credential.py"),
    ("Limits of access control lists", _PROVISIONING + "account/ip_address.py"),
    ("Deleting a mapped list", _PROVISIONING + "account/access_list.py"),
    ("CIDR", _API + "account/sip_ip_addresses.py"),
    ("Available numbers", _API + "account/available_phone_numbers.py"),
    ("Buying and releasing numbers", _PROVISIONING + "account/phone_number.py"),
    ("Validation of a caller ID", _PROVISIONING + "account/validation.py"),
    ("Calls", _API + "account/calls.py"),
    ("Usage", _API + "account/usage_records.py"),
    ("Keys", _API + "account/keys.py"),
    ("Dialing permissions", _API + "voice/dialing_permissions.py"),
    ("Insights", _API + "insights/calls.py"),
    ("Monitor", _API + "monitor/events.py"),
    ("The official SDKs", "service/control/application.py"),
)


@dataclass(frozen=True, slots=True)
class Test:
    path: str
    name: str

    @property
    def rank(self) -> tuple[int, str, str]:
        place = next((n for n, folder in enumerate(NEAREST) if self.path.startswith(folder)), len(NEAREST))
        return place, self.path, self.name


def _rows(text: str) -> set[int]:
    found: set[int] = set()
    for said in _ROWS.findall(text):
        for first, last in _SPAN.findall(said):
            found.update(range(int(first), int(last) + 1))
        found.update(int(number) for number in re.findall(r"\d+", said))
    return found


def _tests() -> list[tuple[Test, str]]:
    """Every test with its name and its docstrings, the module's last."""
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                said = f"{node.name} {ast.get_docstring(node) or ''}"
                found.append((Test(str(path.relative_to(ROOT)), node.name), said))
    return found


def _module_rows() -> dict[str, set[int]]:
    return {
        str(path.relative_to(ROOT)): _rows(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
    }


def _shown(tests: list[Test]) -> str:
    nearest = sorted(set(tests), key=lambda test: test.rank)[:MOST_TESTS]
    return "<br>".join(_link(test.name, test.path) for test in nearest)


def _mirrored(path: str) -> str | None:
    """The module whose unit test that is: `tests/unit/a_b/test_c.py` mirrors `a/b/c.py`."""
    parts = Path(path).parts
    if parts[:2] != ("tests", "unit"):
        return None
    module = f"{parts[2].replace('_', '/')}/{parts[3].removeprefix('test_')}"
    return module if (ROOT / SOURCE / module).exists() else None


def _modules(rfc: str, tests: list[Test]) -> str:
    names = sorted({module for test in tests if (module := _mirrored(test.path))}) or [RFCS[rfc]]
    return "<br>".join(_link(name, SOURCE + name) for name in names[:MOST_TESTS])


def _link(name: str, path: str) -> str:
    return f"[`{name}`](../{path})"


def page() -> str:
    by_row: dict[int, list[Test]] = defaultdict(list)
    by_section: dict[tuple[str, str], list[Test]] = defaultdict(list)
    files, tests = _module_rows(), _tests()
    for test, said in tests:
        for row in _rows(said):
            by_row[row].append(test)
        for rfc, section in _RFC.findall(said):
            by_section[rfc, section].append(test)
    for row in ROWS:  # a file whose docstring names the row stands for it by its first test
        if not by_row[row]:
            by_row[row] = [test for test, _ in tests if row in files[test.path]][:1]
    lines = [HEAD]
    for row, (what, module) in sorted(ROWS.items()):
        lines.append(f"| {row} | {what} | {_link(module, SOURCE + module)} | {_shown(by_row[row])} |")
    lines += ["", "## RFC sections", "", "| section | module | tests |", "|---|---|---|"]
    for rfc, section in sorted(by_section, key=_in_order):
        name, shown = f"RFC {rfc} {section}".strip(), by_section[rfc, section]
        lines.append(f"| {name} | {_modules(rfc, shown)} | {_shown(shown)} |")
    return "\n".join(lines) + "\n"


def _in_order(key: tuple[str, str]) -> tuple[str, list[int]]:
    return key[0], [int(part) for part in key[1].split(".") if part]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} written\n")
