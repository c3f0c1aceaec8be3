"""Decision 19 and row 28: when a source is over the line, for how long, and what the tables hold at most."""

import pytest

from trunkline.domain.trunk.ban import PINGS, UNKNOWN, BanBook, BanReason, BanRule
from trunkline.kit.instant import Instant, later

NOW = Instant(1000.0)
WHO, DOMAIN = "192.0.2.7", "acme.pstn.trunkline.example"


def fails(book: BanBook, *seconds: float, source: str = WHO, subject: str = DOMAIN) -> list[bool]:
    return [book.failed(source, subject, later(NOW, at)) for at in seconds]


def test_the_tenth_failure_within_a_minute_is_one_too_many() -> None:
    assert fails(BanBook(), *range(10)) == [False] * 9 + [True]
    assert fails(BanBook(), *(at * 6.6 for at in range(10))) == [False] * 9 + [True]


def test_failures_that_are_a_minute_old_count_no_longer() -> None:
    assert not any(fails(BanBook(), *(at * 6.7 for at in range(100))))


def test_failures_of_others_and_elsewhere_are_counted_apart() -> None:
    book = BanBook()
    for source, subject in ((WHO, DOMAIN), (WHO, UNKNOWN), ("192.0.2.8", DOMAIN)):
        assert not any(fails(book, *range(9), source=source, subject=subject))


def test_a_ban_holds_for_ten_minutes_for_its_source_and_subject_alone() -> None:
    book = BanBook()
    ban = book.ban(WHO, DOMAIN, BanReason.AUTHENTICATION, NOW)
    assert book.of(WHO, DOMAIN, later(NOW, 599.9)) is ban
    assert book.of(WHO, UNKNOWN, NOW) is None
    assert book.of("192.0.2.8", DOMAIN, NOW) is None
    assert WHO in book.suspects
    assert book.of(WHO, DOMAIN, later(NOW, 600.0)) is None
    assert WHO not in book.suspects
    assert len(book) == 0


def test_the_list_is_of_bans_that_hold() -> None:
    book = BanBook()
    book.ban(WHO, DOMAIN, BanReason.AUTHENTICATION, NOW)
    second = book.ban(WHO, UNKNOWN, BanReason.AUTHENTICATION, later(NOW, 300.0))
    assert len(book.listed(later(NOW, 599.0))) == 2
    assert book.listed(later(NOW, 600.0)) == [second]
    assert WHO in book.suspects
    assert book.begun == 2


def test_a_ban_that_stands_begins_again() -> None:
    book = BanBook()
    book.ban(WHO, DOMAIN, BanReason.AUTHENTICATION, NOW)
    again = book.ban(WHO, DOMAIN, BanReason.AUTHENTICATION, later(NOW, 300.0))
    assert book.listed(later(NOW, 899.0)) == [again]
    assert book.lift(WHO) == 1
    assert WHO not in book.suspects


def test_a_lifted_source_begins_with_a_clean_sheet() -> None:
    book = BanBook()
    fails(book, *range(10))
    book.ban(WHO, DOMAIN, BanReason.AUTHENTICATION, NOW)
    book.ban(WHO, PINGS, BanReason.OPTIONS, NOW)
    fails(book, *range(9))
    assert book.lift(WHO) == 2
    assert book.lift(WHO) == 0
    assert fails(book, *range(10)) == [False] * 9 + [True]


def test_challenges_without_an_answer_are_a_flood() -> None:
    book = BanBook()
    assert [book.challenged(WHO, DOMAIN, NOW) for _ in range(500)] == [False] * 499 + [True]
    assert not any(book.challenged(WHO, DOMAIN, later(NOW, at * 0.1)) for at in range(1000)), "ten a second are none"


def test_a_busy_customer_who_answers_its_challenges_is_no_flood() -> None:
    book = BanBook()
    for at in range(20_000):  # 1,000 calls a second, 150 of them between challenge and answer
        assert not book.challenged(WHO, DOMAIN, later(NOW, at / 1000))
        if at >= 150:
            book.proved(WHO, DOMAIN)


def pings(book: BanBook, every_s: float, number: int) -> int:
    """After how many pings there were too many; `number` when there never were."""
    for count in range(number):
        if book.pinged(WHO, later(NOW, count * every_s)):
            return count
    return number


@pytest.mark.parametrize(
    ("every_s", "banned_after"),
    [(15.0, 1000), (10.0, 1000), (9.0, 111), (5.0, 23), (1.0, 13), (0.01, 12)],
)
def test_row_28_options_more_often_than_every_ten_seconds_for_long(every_s: float, banned_after: int) -> None:
    assert pings(BanBook(), every_s, 1000) == banned_after


def test_row_28_a_restart_of_a_pbx_is_borne() -> None:
    book = BanBook()
    assert pings(book, 15.0, 100) == 100
    assert not any(book.pinged(WHO, later(NOW, 1500.0 + at * 0.1)) for at in range(10))


def test_bans_may_be_switched_off() -> None:
    book = BanBook(BanRule(ban_s=0))
    assert not any(fails(book, *range(100)))
    assert not any(book.challenged(WHO, DOMAIN, NOW) for _ in range(1000))
    assert pings(BanBook(BanRule(options_interval_s=0)), 0.0, 1000) == 1000
    assert pings(BanBook(BanRule(options_ban_s=0)), 0.0, 1000) == 1000


def test_options_have_a_time_of_their_own() -> None:
    book = BanBook(BanRule(options_ban_s=30))
    assert book.ban(WHO, PINGS, BanReason.OPTIONS, NOW).ends_at == NOW + 30
    assert book.ban(WHO, DOMAIN, BanReason.FLOOD, NOW).ends_at == NOW + 600


def test_every_table_is_bounded_and_keeps_who_was_seen_last() -> None:
    book = BanBook(capacity=100)
    book.ban("first", DOMAIN, BanReason.AUTHENTICATION, NOW)
    for number in range(1000):
        source = f"s{number}"
        book.failed(source, DOMAIN, NOW)
        book.challenged(source, DOMAIN, NOW)
        book.pinged(source, NOW)
        book.ban(source, DOMAIN, BanReason.AUTHENTICATION, NOW)
        assert book.of("first", DOMAIN, NOW), "one that still comes stays"
    assert [len(table) for table in (book._bans, book._failures, book._unanswered, book._pings)] == [100] * 4
    assert len(book._of_source) == 100
    assert "s999" in book.suspects
    assert "s0" not in book.suspects


def test_bans_that_are_over_make_room() -> None:
    book = BanBook()
    for number in range(50):
        book.ban(f"s{number}", DOMAIN, BanReason.AUTHENTICATION, NOW)
    book.ban("later", DOMAIN, BanReason.AUTHENTICATION, later(NOW, 600.0))
    assert len(book) == 1


def test_a_prober_has_one_name_looked_up_a_second() -> None:
    ban = BanBook().ban(WHO, UNKNOWN, BanReason.AUTHENTICATION, NOW)
    assert [ban.may_look(later(NOW, at / 4)) for at in range(8)] == [True, False, False, False] * 2
