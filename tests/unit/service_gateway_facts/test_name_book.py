"""What the gateway remembers of callers' names, and for how long. Row 69."""

import pytest

from tests.kit.clock import FakeClock
from tests.kit.port import FakeNames
from trunkline.domain.trunk.origination.caller_name import NameLookup
from trunkline.kit.ids import E164
from trunkline.kit.instant import later
from trunkline.service.gateway.facts.cached_directory import FactsMissing
from trunkline.service.gateway.facts.name_book import REST_S, SERVICE_S, TABLE_S, NameBook

NUMBER, OTHER = E164("+12025550101"), E164("+12025550102")


class Shelf:
    """A book over two fake sources."""

    def __init__(self, table: FakeNames, service: FakeNames | None, capacity: int = 100) -> None:
        self.clock = FakeClock()
        self.book = NameBook(table, service, lambda: self.clock.now, capacity)

    def wait(self, seconds: float) -> None:
        self.clock.leap_to(later(self.clock.now, seconds))


async def test_the_table_goes_before_the_service() -> None:
    table, service = FakeNames({NUMBER: "OURS"}, knows_all=True), FakeNames({NUMBER: "THEIRS", OTHER: "OTHER"})
    book = Shelf(table, service).book
    assert await book.look_up(NUMBER) == NameLookup("OURS", answered=True)
    assert await book.look_up(OTHER) == NameLookup("OTHER", answered=True)
    assert service.asked == [OTHER]


@pytest.mark.parametrize(("from_table", "seconds"), [(True, TABLE_S), (False, SERVICE_S)])
async def test_an_answer_is_remembered_for_its_time(from_table: bool, seconds: float) -> None:
    source = FakeNames({NUMBER: "ACME"})
    none = FakeNames(knows_all=True)
    shelf = Shelf(source if from_table else none, None if from_table else source)
    with pytest.raises(FactsMissing):
        shelf.book.known(NUMBER)
    await shelf.book.look_up(NUMBER)
    shelf.wait(seconds - 0.1)
    assert shelf.book.known(NUMBER) == await shelf.book.look_up(NUMBER) == NameLookup("ACME", answered=True)
    assert source.asked == [NUMBER]
    shelf.wait(0.2)
    with pytest.raises(FactsMissing):
        shelf.book.known(NUMBER)


async def test_without_a_service_the_table_alone_says_that_there_is_no_name() -> None:
    assert await Shelf(FakeNames(knows_all=True), None).book.look_up(NUMBER) == NameLookup(None, answered=True)


async def test_a_service_without_an_answer_rests_and_nothing_is_remembered() -> None:
    service = FakeNames({OTHER: "OTHER"})
    shelf = Shelf(FakeNames(knows_all=True), service)
    assert await shelf.book.look_up(NUMBER) == NameLookup(None, answered=False)
    assert await shelf.book.look_up(OTHER) == NameLookup(None, answered=False)
    assert service.asked == [NUMBER]
    shelf.wait(REST_S)
    assert await shelf.book.look_up(OTHER) == NameLookup("OTHER", answered=True)


async def test_a_table_that_cannot_be_read_leaves_the_service() -> None:
    assert await Shelf(FakeNames(), FakeNames({NUMBER: "ACME"})).book.look_up(NUMBER) == NameLookup("ACME", True)


@pytest.mark.parametrize("from_table", [True, False])
async def test_a_name_is_kept_as_it_may_be_shown(from_table: bool) -> None:
    source = FakeNames({NUMBER: 'The "Very\r\nLong" Name Company'})
    table, service = (source, None) if from_table else (FakeNames(knows_all=True), source)
    assert (await Shelf(table, service).book.look_up(NUMBER)).name == "The VeryLong Na"


async def test_the_book_is_bounded() -> None:
    book = Shelf(FakeNames(knows_all=True), None, capacity=2).book
    for last in range(5):
        await book.look_up(E164(f"+1202555010{last}"))
    assert len(book) == 2
