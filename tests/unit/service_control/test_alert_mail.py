"""Alerts told by mail: once each, many in one, refused, given up (row 126)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests.shell.mail_server import MailServer, serving
from tests.unit.platform_store import rows
from tests.unit.service_control.account.test_usage_triggers import Web
from tests.unit.service_control.asking import assert_refused, get, post
from tests.unit.service_control.house import FIRST, OPERATOR, SECOND, SUB, House
from trunkline.domain.record.alert import Alert, AlertLevel
from trunkline.kit.ids import AccountSid, CallSid
from trunkline.kit.secret import Secret
from trunkline.platform.mail.errors import Unmailable
from trunkline.platform.mail.letter import Letter
from trunkline.platform.mail.mailer import Mailer
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.store.alert_mail import CLAIM, MOST_LISTED, take_due_mail
from trunkline.platform.store.record_writer import write_records
from trunkline.platform.store.table import AlertMailRow
from trunkline.service.control.alert_mails import BETWEEN, MOST_ATTEMPTS, mail_due
from trunkline.service.control.api.context import Control
from trunkline.service.control.callbacks import MOST_ATTEMPTS as MOST_CALLBACKS
from trunkline.service.control.retention import UNMAILED, let_go

HOOK = "/v1/AlertWebhook"
OPS = "ops@example.com"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def _raised(number: int, account: str = FIRST, text: str = "Origination attempt failed") -> Alert:
    return Alert(
        sid=rows.sid("NO", number), code=32011, text=text, level=AlertLevel.ERROR,
        raised_at=NOON + timedelta(seconds=number), account_sid=AccountSid(account),
        call_sid=CallSid(rows.sid("CA", number)), request_text="INVITE sip:evidence", response_text="SIP/2.0 503",
    )  # fmt: skip


class Post:
    """A mail server that refuses what it is told to, and a wall clock that is moved by hand."""

    def __init__(self, house: House, faults: Sequence[Unmailable] = ()) -> None:
        self._house = house
        self._faults = list(faults)
        self.letters: list[Letter] = []
        self.at = NOON + timedelta(hours=1)

    async def _send(self, letter: Letter) -> None:
        self.letters.append(letter)
        if self._faults:
            raise self._faults.pop(0)

    async def deliver(self) -> int:
        return await mail_due(self._house.store, self._send, RandomIds(), lambda: self.at)


async def _waiting(house: House) -> int:
    async with house.store.reading() as session:
        return await session.scalar(select(func.count()).select_from(AlertMailRow)) or 0


async def _wants_mail(house: House, account: str = FIRST, email: str = OPS) -> None:
    async with house.client(account) as client:
        assert (await post(client, HOOK, 200, Email=email))["email"] == email


async def test_row_126_each_new_alert_is_mailed_once_to_the_address_of_its_account(any_house: House) -> None:
    """Gateways deliver alerts again after a crash: what is known has been told."""
    house, mail = any_house, Post(any_house)
    await write_records(house.store, [], [_raised(1)])
    await _wants_mail(house)
    await _wants_mail(house, SUB, "below@example.com")
    for _ in range(2):
        await write_records(house.store, [], [_raised(1), _raised(2), _raised(3, SECOND), _raised(4, SUB)])
    assert await mail.deliver() == 2
    by_address = {letter.recipient: letter for letter in mail.letters}
    assert set(by_address) == {OPS, "below@example.com"}
    mine = by_address[OPS]
    assert mine.subject == "Alert 32011: Origination attempt failed"
    for part in ("1 new alert", FIRST, rows.sid("NO", 2), rows.sid("CA", 2), "2026-03-10 12:00:02 UTC  ERROR 32011"):
        assert part in mine.text
    assert rows.sid("NO", 4) not in mine.text
    assert "evidence" not in mine.text
    assert await mail.deliver() == 0
    assert await _waiting(house) == 0


async def test_row_126_a_flood_of_alerts_is_a_few_mails_that_say_how_many(any_house: House) -> None:
    house, mail = any_house, Post(any_house)
    await _wants_mail(house)
    number = 0
    for _ in range(60):  # an hour, in which each minute brings five alerts
        await write_records(house.store, [], [_raised(number + more) for more in range(5)])
        number += 5
        await mail.deliver()
        mail.at += timedelta(minutes=1)
    assert len(mail.letters) == timedelta(hours=1) / BETWEEN == 12
    assert mail.letters[0].subject == "5 alerts of account 1"
    later = mail.letters[-1]
    assert later.subject == "25 alerts of account 1"
    assert later.text.count("ERROR 32011") == MOST_LISTED
    assert "5 more are not shown here" in later.text
    mail.at += BETWEEN
    assert await mail.deliver() == 1
    assert sum(int(letter.subject.split()[0]) for letter in mail.letters) == number
    assert len({letter.id for letter in mail.letters}) == len(mail.letters)


async def test_row_126_a_mail_that_is_not_taken_is_tried_again_with_what_has_come_meanwhile(house: House) -> None:
    mail = Post(house, [Unmailable("SMTPConnectError", for_good=False)])
    await _wants_mail(house)
    await write_records(house.store, [], [_raised(1)])
    assert await mail.deliver() == 1
    assert await mail.deliver() == 0
    await write_records(house.store, [], [_raised(2)])
    mail.at += timedelta(seconds=21)  # a first pause is no longer
    assert await mail.deliver() == 1
    assert mail.letters[-1].subject == "2 alerts of account 1"
    assert await _waiting(house) == 0


@pytest.mark.parametrize(("for_good", "attempts"), [(False, MOST_ATTEMPTS), (True, 1)])
async def test_row_126_a_mail_is_given_up_without_an_alert_and_the_next_one_is_sent(
    house: House, for_good: bool, attempts: int
) -> None:
    mail = Post(house, [Unmailable("SMTPRecipientsRefused", for_good=for_good)] * attempts)
    await _wants_mail(house)
    await write_records(house.store, [], [_raised(1)])
    for _ in range(MOST_ATTEMPTS + 3):
        await mail.deliver()
        mail.at += timedelta(hours=5)
    assert len(mail.letters) == attempts
    assert await _waiting(house) == 0
    async with house.client() as client:
        assert [row["error_code"] for row in (await get(client, "/v1/Alerts"))["alerts"]] == ["32011"]
    await write_records(house.store, [], [_raised(2)])
    assert await mail.deliver() == 1
    assert "1 new alert" in mail.letters[-1].text


async def test_row_126_an_alert_that_comes_while_a_mail_is_sent_is_in_the_next(house: House) -> None:
    mail = Post(house)
    await _wants_mail(house)
    await write_records(house.store, [], [_raised(1)])

    async def slowly(letter: Letter) -> None:
        mail.letters.append(letter)
        await write_records(house.store, [], [_raised(2)])

    assert await mail_due(house.store, slowly, RandomIds(), lambda: mail.at) == 1
    mail.at += BETWEEN
    assert await mail.deliver() == 1
    assert [rows.sid("NO", 2) in letter.text for letter in mail.letters] == [False, True]


async def test_row_126_a_mail_that_a_crash_cut_off_is_sent_a_minute_later(any_house: House) -> None:
    """At most one process sends it meanwhile."""
    house, mail = any_house, Post(any_house)
    await _wants_mail(house)
    await write_records(house.store, [], [_raised(1)])
    async with house.store.appending() as session:
        assert [mailing.alerts for mailing in await take_due_mail(session, mail.at, 10)] == [1]
        await session.commit()
    assert await mail.deliver() == 0
    mail.at += CLAIM
    assert await mail.deliver() == 1
    assert await _waiting(house) == 0


async def test_row_126_a_webhook_that_is_given_up_is_told_by_mail(house: House) -> None:
    web, mail = Web(house, *[500] * MOST_CALLBACKS), Post(house)
    async with house.client() as client:
        await post(client, HOOK, 200, Url="https://app.example/alerts", Email=OPS)
    await write_records(house.store, [], [_raised(1)])
    for _ in range(MOST_CALLBACKS + 1):
        await web.deliver()
        web.at += timedelta(hours=5)
    assert len(web.forms) == MOST_CALLBACKS
    await mail.deliver()
    assert "ERROR 11200" in mail.letters[0].text


async def test_row_126_a_mail_shows_no_credentials_and_no_further_lines(house: House) -> None:
    mail = Post(house)
    await _wants_mail(house)
    text = "Bad URI\r\nBcc: x@y.example https://u:hunter2@pbx.example/?token=hunter2"
    await write_records(house.store, [], [_raised(1, text=text)])
    await mail.deliver()
    [letter] = mail.letters
    assert "hunter2" not in letter.subject + letter.text
    assert "\nBcc" not in letter.text
    assert "pbx.example" in letter.text


async def test_row_126_an_address_is_checked_and_taken_away(house: House) -> None:
    mail = Post(house)
    async with house.client() as client:
        for odd in ("ops", "a@b.example\r\nBcc: c@d.example", "a@b.example,c@d.example", "<a@b.example>", "x" * 255):
            assert_refused(await client.post(HOOK, data={"Email": odd}), 20001)
        await post(client, HOOK, 200, Email=OPS)
        assert (await post(client, HOOK, 200, Method="GET"))["email"] == OPS
        await write_records(house.store, [], [_raised(1)])
        assert (await post(client, HOOK, 200, Email=""))["email"] is None
        await write_records(house.store, [], [_raised(2)])
        assert await _waiting(house) == 0
        await post(client, HOOK, 200, Email=OPS)
    assert await mail.deliver() == 0


async def test_row_126_without_a_mail_server_an_address_is_refused(house: House) -> None:
    bench = replace(house.bench, sends_mail=False)
    house.app.state.control = Control(bench, Secret(OPERATOR), house.run_dir)
    async with house.client() as client:
        refused = await client.post(HOOK, data={"Email": OPS})
        assert_refused(refused, 20001)
        assert "no mail server" in refused.json()["message"]
        assert (await post(client, HOOK, 200, Email=""))["email"] is None


async def test_row_126_alerts_that_nobody_could_mail_are_let_go_after_a_day(house: House) -> None:
    await _wants_mail(house)
    await write_records(house.store, [], [_raised(0), _raised(1)])
    await let_go(house.store, NOON + UNMAILED + timedelta(seconds=1), timedelta(days=9_999))
    assert await _waiting(house) == 1


async def test_row_126_alerts_reach_a_real_mail_server(house: House) -> None:
    await _wants_mail(house)
    await write_records(house.store, [], [_raised(1), _raised(2)])
    async with serving(MailServer()) as server:
        mailer = Mailer(Secret(f"smtp://127.0.0.1:{server.port}"), "trunks@voice.example")
        assert await mail_due(house.store, mailer.send, RandomIds(), lambda: NOON) == 1
    [mail] = server.mails
    assert (mail["To"], mail["Subject"]) == (OPS, "2 alerts of account 1")
    assert rows.sid("NO", 2) in mail.get_content()
