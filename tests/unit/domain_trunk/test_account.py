"""Row 15: what a parent is holds for the accounts below it."""

from dataclasses import replace

import pytest

from trunkline.domain.trunk.account import under_parent
from trunkline.domain.trunk.facts import AccountFacts, AccountStatus
from trunkline.kit.ids import AccountSid

ACTIVE, SUSPENDED, CLOSED = AccountStatus.ACTIVE, AccountStatus.SUSPENDED, AccountStatus.CLOSED
PARENT = AccountFacts(AccountSid("AC0"))
CHILD = AccountFacts(AccountSid("AC1"), PARENT.sid, countries=frozenset({"US"}))


@pytest.mark.parametrize(
    ("own", "above", "holds"),
    [
        (ACTIVE, ACTIVE, ACTIVE),
        (ACTIVE, SUSPENDED, SUSPENDED),
        (ACTIVE, CLOSED, CLOSED),
        (SUSPENDED, ACTIVE, SUSPENDED),
        (SUSPENDED, SUSPENDED, SUSPENDED),
        (SUSPENDED, CLOSED, CLOSED),
        (CLOSED, ACTIVE, CLOSED),
        (CLOSED, SUSPENDED, CLOSED),
        (CLOSED, CLOSED, CLOSED),
    ],
)
def test_row_15_the_worse_of_the_two_holds(own: AccountStatus, above: AccountStatus, holds: AccountStatus) -> None:
    found = under_parent(replace(CHILD, status=own), replace(PARENT, status=above))
    assert found == replace(CHILD, status=holds)
