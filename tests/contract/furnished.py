"""An account with several of everything, for what is done alike over every list of the official Python SDK."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.contract.rest_service import Service
from tests.contract.stock import BEGAN, call
from trunkline.platform.store.table import AlertRow, CallRow, RecordingRow, UsageDayRow
from trunkline.platform.store.table.phone_number import StockType
from trunkline.service.control.provisioning.account.caller_id import vouch_for_caller_id
from trunkline.service.control.provisioning.operator.number_range import mark_range
from trunkline.service.control.provisioning.operator.tariff import set_tariff

SEVERAL = 3
PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Furnished:
    """The client of the account, its parent's, and the SIDs below which there are lists."""

    client: Any
    parent: Any
    trunk: str
    users: str
    acl: str
    address: str
    call: str

    @property
    def of_trunk(self) -> Any:
        return self.client.trunking.v1.trunks(self.trunk)


def furnish(service: Service, client: Any = None) -> Furnished:
    """The account of `client`, or a new one."""
    client = client or service.client_of_its_own()
    account = client.account_sid
    talked = [_measured(account, service, place) for place in range(SEVERAL)]
    newest = talked[-1].sid
    service.keep(*talked, *_around(account, newest))
    service.keep(*_used(account, service))
    trunks = [client.trunking.v1.trunks.create() for _ in range(SEVERAL)]
    users = [client.sip.credential_lists.create(f"u{place}") for place in range(SEVERAL)]
    acls = [client.sip.ip_access_control_lists.create(f"a{place}") for place in range(SEVERAL)]
    home = client.addresses.create("Example", "1 Example Street", "Bonn", "NW", "53113", "DE")
    kinds: tuple[StockType, ...] = ("local", "mobile", "toll-free")
    for type_ in kinds:
        for number in service.numbers(SEVERAL, type_):
            bought = client.incoming_phone_numbers.create(phone_number=number, address_sid=home.sid)
            trunks[0].phone_numbers.create(bought.sid)
    for place in range(SEVERAL):
        trunks[0].origination_urls.create(1, place, True, f"url {place}", f"sip:192.0.2.{place}")
        trunks[0].credentials_lists.create(users[place].sid)
        trunks[0].ip_access_control_lists.create(acls[place].sid)
        users[0].credentials.create(f"user{place}", "Correct-Horse-1")
        acls[0].ip_addresses.create(f"site {place}", f"192.0.2.{place}")
        client.addresses.create("Example", f"{place} Example Road", "Bonn", "NW", "53113", "DE")
        client.new_keys.create(friendly_name=f"key {place}")
        client.usage.triggers.create("https://app.example/", "5", "totalprice", trigger_by="price")
        service.run(vouch_for_caller_id(service.house.bench, account, f"+4420794600{place:02}", f"desk {place}"))
        service.run(mark_range(service.house.bench, "callee", f"+4782{place}", "special", "an example"))
    for prefix in ("+45", "+46", "+47"):
        tariff = {"service": "termination", "prefix": prefix, "sell": "0.01", "buy": "0.005"}
        service.run(set_tariff(service.house.bench, tariff))
    return Furnished(client, service.client(), trunks[0].sid, users[0].sid, acls[0].sid, home.sid, newest)


def _measured(account: str, service: Service, place: int) -> CallRow:
    """A call of the last minutes whose media was measured on both sides."""
    at = service.house.bench.wall().replace(microsecond=0) - timedelta(minutes=5 * (SEVERAL - place))
    row, media = call(account, place), {"packets_received": 100, "packets_sent": 99}
    row.invited_at = row.answered_at = row.start_time = row.date_created = at
    row.released_at = at + timedelta(seconds=15)
    row.inbound_media = row.outbound_media = media
    return row


def _around(account: str, call_sid: str) -> list[AlertRow | RecordingRow]:
    """What hangs on a call: alerts and recordings."""
    found: list[AlertRow | RecordingRow] = []
    for place in range(SEVERAL):
        at, end = BEGAN + timedelta(hours=place), f"{account[2:28]}{place:06}"
        alert = AlertRow(
            sid=f"NO{end}", account_sid=account, resource_sid=call_sid, error_code=32011, log_level="error",
            alert_text="no answer", date_created=at, detail={"call_sid": call_sid},
        )  # fmt: skip
        recording = RecordingRow(
            sid=f"RE{end}", account_sid=account, call_sid=call_sid, status="completed", date_created=at, date_updated=at
        )
        found += [alert, recording]
    return found


def _used(account: str, service: Service) -> list[UsageDayRow]:
    """Some of three categories today, yesterday and a month ago."""
    today = service.house.bench.wall().date()
    return [
        UsageDayRow(account_sid=account, category=category, day=day, count=2, seconds=90, sell=PENNY, buy=PENNY)
        for category in ("trunking-termination", "trunking-origination", "totalprice")
        for day in (today, today - timedelta(days=1), today - timedelta(days=31))
    ]
