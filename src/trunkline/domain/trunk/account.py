"""What an account's parent means to its calls (rows 14, 15, 148)."""

from dataclasses import replace

from trunkline.domain.trunk.facts import AccountFacts, AccountStatus


def under_parent(account: AccountFacts, parent: AccountFacts) -> AccountFacts:
    """The facts of a sub-account as they hold: a parent that is suspended or closed stops it too.

    Closed weighs more than suspended; a parent is never stopped by what is below it. A sub-account that inherits
    dialing permissions has its parent's and none of its own.
    """
    if account.inherits_permissions:
        account = replace(
            account,
            countries=parent.countries,
            special_countries=parent.special_countries,
            tollfraud_countries=parent.tollfraud_countries,
        )
    if AccountStatus.CLOSED in (account.status, parent.status):
        return replace(account, status=AccountStatus.CLOSED)
    return account if parent.status is AccountStatus.ACTIVE else replace(account, status=parent.status)
