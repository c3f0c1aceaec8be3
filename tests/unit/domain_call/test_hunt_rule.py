"""Which final answers stop a hunt; `test_hunt` walks every status through one (rows 56-58)."""

from trunkline.domain.call.hunt_rule import Verdict, carrier_rule


def test_a_carriers_own_lists_go_before_the_default_and_before_6xx() -> None:
    rule = carrier_rule(frozenset({500, 503}), frozenset({404, 603}))
    assert {status: rule.verdict(status) for status in (500, 503, 404, 603, 604, 486, 502)} == {
        500: Verdict.STOP,
        503: Verdict.STOP,
        404: Verdict.NEXT_TARGET,
        603: Verdict.NEXT_TARGET,
        604: Verdict.STOP,
        486: Verdict.STOP,
        502: Verdict.NEXT_TARGET,
    }
