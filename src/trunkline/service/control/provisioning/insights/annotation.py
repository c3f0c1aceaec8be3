"""Use cases of Voice Insights: what a customer says of a call, and the account's switches (row 149)."""

from typing import Any, Final

from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.repository.insight import annotations_of
from trunkline.platform.store.table import AccountRow, CallAnnotationRow
from trunkline.service.control.provisioning.refusal import existing, invalid
from trunkline.service.control.provisioning.workbench import Workbench

LONGEST_WORD: Final = 100
QUALITY_ISSUES: Final = (
    "no_quality_issue",
    "low_volume",
    "choppy_robotic",
    "echo",
    "dtmf",
    "latency",
    "owa",
    "static_noise",
)


def read_quality_issues(text: str) -> list[str]:
    """Comma-separated, each once; 20001 for one that is none."""
    issues = list(dict.fromkeys(word for word in (part.strip() for part in text.split(",")) if word))
    if any(issue not in QUALITY_ISSUES for issue in issues):
        raise invalid("QualityIssues", f"must be of {', '.join(QUALITY_ISSUES)}")
    return issues


async def annotate_call(bench: Workbench, account_sid: str, call_sid: str, fields: dict[str, Any]) -> CallAnnotationRow:
    """Only what was sent changes. The call is known to be the account's; 20001 for a score or a text out of bounds."""
    score = fields.get("call_score")
    if score is not None and not 1 <= score <= 5:
        raise invalid("CallScore", "must be 1 to 5")
    for name in ("comment", "incident"):
        if len(fields.get(name) or "") > LONGEST_WORD:
            raise invalid(name.title(), f"at most {LONGEST_WORD} characters")
    if "quality_issues" in fields:
        fields = fields | {"quality_issues": read_quality_issues(fields["quality_issues"] or "")}
    now = bench.wall()
    async with bench.store.writing() as session:
        row = (await annotations_of(session, account_sid, [call_sid])).get(call_sid)
        if row is None:
            row = CallAnnotationRow(call_sid=call_sid, account_sid=account_sid, date_created=now, date_updated=now)
            session.add(row)
        for name, value in fields.items():
            setattr(row, name, value)
        row.date_updated = now
        await session.commit()
    return row


async def set_switches(
    bench: Workbench, account_sid: str, advanced_features: bool | None, voice_trace: bool | None
) -> AccountRow:
    """None leaves a switch as it is."""
    async with bench.store.writing() as session:
        row = existing(await find_account(session, account_sid))
        if advanced_features is not None:
            row.advanced_features = advanced_features
        if voice_trace is not None:
            row.voice_trace = voice_trace
        row.date_updated = bench.wall()
        await session.commit()
    return row
