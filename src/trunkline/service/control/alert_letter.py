"""The mail that tells an account of its alerts: one shows what it is, several how many there are (row 126)."""

from datetime import datetime

from trunkline.platform.mail.letter import Letter
from trunkline.platform.setting.log import redacted_text
from trunkline.platform.store.alert_mail import Mailing
from trunkline.platform.store.table import AlertRow


def alert_letter(mailing: Mailing, at: datetime) -> Letter:
    """Of no messages, headers or callbacks: what an alert shows as evidence is read over REST."""
    first = mailing.listed[0].sid if mailing.listed else mailing.account_sid
    return Letter(f"{first}.{mailing.alerts}", mailing.email, _subject(mailing), _text(mailing), at)


def _subject(mailing: Mailing) -> str:
    if mailing.alerts == 1 and mailing.listed:
        alert = mailing.listed[0]
        return f"Alert {alert.error_code}: {_plain(alert.alert_text)[:120]}"
    return f"{mailing.alerts} alerts of {_plain(mailing.account_name)}"


def _text(mailing: Mailing) -> str:
    many = "1 new alert" if mailing.alerts == 1 else f"{mailing.alerts} new alerts"
    parts = [f"{many} of the account {_plain(mailing.account_name)} ({mailing.account_sid}).", ""]
    parts += [_entry(alert) for alert in mailing.listed]
    unlisted = mailing.alerts - len(mailing.listed)
    if unlisted > 0:
        parts += [f"{unlisted} more are not shown here.", ""]
    parts.append(
        "All alerts, with the messages they are about: GET /v1/Alerts. No more mail: POST /v1/AlertWebhook Email="
    )
    return "\n".join(parts) + "\n"


def _entry(alert: AlertRow) -> str:
    at = alert.date_created.isoformat(sep=" ", timespec="seconds").replace("+00:00", " UTC")
    text = _plain(alert.alert_text)
    return (
        f"{at}  {alert.log_level.upper()} {alert.error_code}  {text}\n  about {alert.resource_sid}, alert {alert.sid}\n"
    )


def _plain(text: str) -> str:
    """One line without control characters and without what looks like a credential."""
    return "".join(char if char.isprintable() else " " for char in redacted_text(text)).strip()
