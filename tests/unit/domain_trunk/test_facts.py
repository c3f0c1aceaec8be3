"""Facts keep secrets to themselves."""

from tests.unit.domain_trunk.town import TRUNK


def test_facts_never_show_a_secret() -> None:
    assert "alice" in repr(TRUNK)
    assert "0" * 32 not in repr(TRUNK)
