"""Writes the tables of operations and fields in docs/twilio-compatibility.md: same, differs (how), absent (why).

The operations are read off the published OpenAPI files (`TRUNKLINE_VECTORS/../spec/oai`), what is served off our
routes; the reasons are said below and nowhere else. Run it after routes came or went:
`.venv/bin/python tools/compatibility.py`.
"""

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fastapi.routing import APIRoute

from trunkline.service.control.application import CUSTOMER

PAGE = Path(__file__).parents[1] / "docs" / "twilio-compatibility.md"
BEGIN, END = "<!-- operations: made by tools/compatibility.py -->", "<!-- end of operations -->"
FIELDS = "### Answers that differ"
"""Where the section turns from operations to fields."""
PRODUCTS = {
    "trunking_v1": "Trunking v1",
    "api_v2010": "API 2010-04-01",
    "voice_v1": "Voice v1",
    "monitor_v1": "Monitor v1",
    "insights_v1": "Insights v1",
    "pricing_v2": "Pricing v2",
    "routes_v2": "Routes v2",
}
Operation = tuple[str, str]
"""Method and path."""

_PROGRAMMABLE = "programmable voice: a trunk's calls are the customer's own PBX's"
_MESSAGING = "messaging"
_CONFERENCE = "conferences are programmable voice's"
_ADD_ONS = "add-ons of a market place that is not here"
_BYOC = "bring-your-own-carrier is another product; carriers are the operator's"
_DOMAINS = "SIP domains are programmable voice's; a trunk has its own domain"
ABSENT = (
    ("~/Applications", _PROGRAMMABLE),
    ("~/AuthorizedConnectApps", "Connect apps"),
    ("~/ConnectApps", "Connect apps"),
    ("~/Calls.json", "calls are made by SIP"),
    ("~/Calls/{}/", _PROGRAMMABLE),
    ("~/Conferences", _CONFERENCE),
    ("~/IncomingPhoneNumbers/{}/AssignedAddOns", _ADD_ONS),
    ("~/Messages", _MESSAGING),
    ("~/SMS", _MESSAGING),
    ("~/Queues", _PROGRAMMABLE),
    ("~/Recordings/{}/AddOnResults", _ADD_ONS),
    ("~/Recordings/{}/Transcriptions", "transcription"),
    ("~/SIP/Domains", _DOMAINS),
    ("~/Tokens", "tokens of network traversal for browsers"),
    ("~/Transcriptions", "transcription"),
    ("/v1/Conferences", _CONFERENCE),
    ("/v1/Video", "video"),
    ("/v2/Voice", "the prices of programmable voice; a trunk's are under `/v2/Trunking`"),
    ("/v2/SipDomains", _DOMAINS),
    ("/v1/Archives", "calls are kept by the operator's own rules"),
    ("/v1/ByocTrunks", _BYOC),
    ("/v1/ConnectionPolicies", _BYOC),
    ("/v1/IpRecords", _BYOC),
    ("/v1/SourceIpMappings", _BYOC),
)
"""What a path begins with and why what is not served of it is not; the first that fits."""

_NUMBER = "identity and bundle fields are taken without effect; no emergency address is registered"
DIFFERS = {
    "/v1/Trunks": "`SymmetricRtpEnabled` may be set too",
    "/v1/Trunks/{}": "`SymmetricRtpEnabled` may be set too",
    "/v1/Events": "events of what is here only",
    "/v1/Alerts": "`request_variables` and `response_body` hold the SIP messages",
    "~/Calls.json": "a trunk's calls only; live ones of this host's gateways",
    "~/Calls/{}.json": "`Status` ends a live call; a call cannot be redirected",
    "~/Calls/{}/Recordings.json": "creation is refused with 21220: there is no recorder yet",
    "~/Calls/{}/Recordings/{}.json": "an update is refused with 21220: there is no recorder yet",
    "~/IncomingPhoneNumbers.json": _NUMBER,
    "~/IncomingPhoneNumbers/{}.json": _NUMBER,
    "~/OutgoingCallerIds.json": "the call asks by tones instead of words; the operator may enter the code as well",
    "~/Addresses.json": "nothing is looked up: only the form of a postal code is checked",
    "/v2/Trunks/{}": "the region is kept, of no effect on calls",
    "/v2/PhoneNumbers/{}": "the region is kept, of no effect on calls",
    "~/Usage/Triggers.json": "the categories that are counted here",
    "~/SIP/IpAccessControlLists/{}/IpAddresses.json": "IPv4 only; networks are stored masked",
    "/v1/Settings": "of no effect on an account without a parent",
}
"""Paths whose operations are served and differ, and how."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """Answers that must differ from the published ones: below `path`, what the comparison says of them, and why."""

    path: str
    fault: str
    """A regular expression over the whole fault, whose places in lists are left out."""
    said: str


DEVIATIONS = (
    Deviation(
        "~/AvailablePhoneNumbers/{}/",
        r"\.(uri|page|page_size|start|end|(first|next|previous)_page_uri): missing",
        "no paging beside the list, as in the published examples, not as in the schema",
    ),
    Deviation(
        "~/AvailablePhoneNumbers/{}/",
        r"\.available_phone_numbers\.friendly_name: .* is not .*",
        "`friendly_name` is `(202) 555-0100`, as in the published examples; the schema wants digits",
    ),
    Deviation(
        "~/Usage/Records",
        r"\.usage_records\.price: .* is not number",
        "`price` is a decimal number in text, as in the published examples; the schema wants a binary fraction",
    ),
    Deviation(
        "~/Calls/{}/Recordings",
        r"(\.recordings)?\.price: .* is not number",
        "`price` is text, as in the published examples and as in `~/Recordings`; the schema wants a number",
    ),
    Deviation(
        "~/AvailablePhoneNumbers",
        r"(\.countries)?\.subresource_uris\.\w+: (missing|unknown)",
        "`subresource_uris` names the types of number that the country has here",
    ),
    Deviation(
        "/v1/Events",
        r"(\.events)?\.actor_sid: .* is not .*",
        "`actor_sid` is an account or an API key; users (`US`) are not here",
    ),
    Deviation(
        "/v1/Events",
        r"(\.events)?\.links\.(actor|resource): missing",
        "`links` names what is read at an address of its own: none to the operator, an entry of a list, an association",
    ),
)

_WEBHOOK = "a trunk's call asks no webhook"
_BROWSER = "no call is a browser's"
NULL = {
    ("api_v2010", "answered_by"): "answering machines are not told apart",
    ("api_v2010", "conference_sid"): _CONFERENCE,
    ("api_v2010", "events"): _WEBHOOK,
    ("api_v2010", "group_sid"): _PROGRAMMABLE,
    ("api_v2010", "request_method"): _WEBHOOK,
    ("api_v2010", "request_url"): _WEBHOOK,
    ("api_v2010", "response_headers"): _WEBHOOK,
    ("insights_v1", "attributes"): "nothing to tell of a trunk's call",
    ("insights_v1", "client_edge"): _BROWSER,
    ("insights_v1", "sdk_edge"): _BROWSER,
    ("insights_v1", "trust"): "calls are not branded or attested",
    ("monitor_v1", "description"): "`event_data` says what changed",
    ("monitor_v1", "request_headers"): _WEBHOOK,
    ("monitor_v1", "request_method"): _WEBHOOK,
    ("monitor_v1", "request_url"): _WEBHOOK,
    ("monitor_v1", "response_headers"): _WEBHOOK,
    ("trunking_v1", "voice_application_sid"): "a number on a trunk has no application",
}
"""Fields, by product, that are there and always null or empty, and why."""


def shape(path: str) -> str:
    """The path without its parameters' names, `~` for the account's own part."""
    return re.sub(r"\{[^}]*\}", "{}", path).replace("/2010-04-01/Accounts/{}/", "~/")


def served() -> set[Operation]:
    """What customers are served."""
    routes = (route for router in CUSTOMER for route in router.routes if isinstance(route, APIRoute))
    return {(method, shape(route.path)) for route in routes for method in route.methods or ()}


def operations(file: Path) -> list[Operation]:
    """The operations of a published file, in its order."""
    found: list[Operation] = []
    within, path = False, ""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(" "):
            within = line == "paths:"
        elif within and (match := re.fullmatch(r"  '?(/[^:']*)'?:", line)):
            path = shape(match[1])
        elif within and (match := re.fullmatch(r"    (get|post|delete|put|patch):", line)):
            found.append((match[1].upper(), path))
    return found


def reason(path: str) -> str:
    """Why the rest of a path is absent. KeyError where nobody has said it."""
    for beginning, why in ABSENT:
        if path.startswith(beginning):
            return why
    raise KeyError(f"{path} is absent and {Path(__file__).name} does not say why")


def _row(path: str, methods: Iterable[str], here: set[Operation]) -> str:
    have = [method for method in methods if (method, path) in here]
    lack = [method for method in methods if (method, path) not in here]
    word = f"differs: {DIFFERS[path]}" if path in DIFFERS else "same"
    said = [word] if have else []
    if lack:
        said.append(f"absent: {' '.join(lack) + ', ' if have else ''}{reason(path)}")
    return f"| `{path}` | {' '.join(have) or '-'} | {'; '.join(said)} |"


def table(directory: Path) -> str:
    """The whole section, markers and all."""
    here = served()
    theirs: set[Operation] = set()
    lines = [BEGIN, ""]
    for name, title in PRODUCTS.items():
        methods_of: dict[str, list[str]] = {}
        for method, path in dict.fromkeys(operations(directory / f"twilio_{name}.yaml")):
            methods_of.setdefault(path, []).append(method)
            theirs.add((method, path))
        lines += [f"### {title}", "", "| path | served | |", "|---|---|---|"]
        lines += [_row(path, methods, here) for path, methods in sorted(methods_of.items())]
        lines.append("")
    lines += ["### Of our own", "", "| path | served | |", "|---|---|---|"]
    own = sorted({path for method, path in here - theirs})
    lines += [f"| `{path}` | {' '.join(sorted(m for m, p in here - theirs if p == path))} | ours |" for path in own]
    return "\n".join([*lines, "", *_fields(), END])


def _fields() -> list[str]:
    """What differs inside of answers."""
    lines = [FIELDS, "", "| below | |", "|---|---|"]
    lines += [f"| `{one.path}` | {one.said} |" for one in DEVIATIONS]
    lines += ["", "### Always null or empty", "", "| product | field | why |", "|---|---|---|"]
    lines += [f"| {PRODUCTS[product]} | `{name}` | {why} |" for (product, name), why in NULL.items()]
    return [*lines, ""]


def with_table(page: str, section: str) -> str:
    """The page with its section exchanged."""
    before, _, rest = page.partition(BEGIN)
    return before + section + rest.partition(END)[2]


def main() -> int:
    """1 where the published files are not."""
    directory = Path(os.environ.get("TRUNKLINE_VECTORS", "../shared/vectors")).parent / "spec" / "oai"
    if not directory.is_dir():
        sys.stderr.write(f"no OpenAPI files at {directory}\n")
        return 1
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), table(directory)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
