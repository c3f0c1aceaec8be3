"""JSON text for the log and the store."""

import json
from decimal import Decimal

import pytest

from trunkline.platform.setting.json_text import json_text


@pytest.mark.parametrize(
    "value",
    [{"a": [1, 2.5, None, True, "äöü", "\u2028"]}, {1: "a number as a name"}, "octets \udcff of a peer", 2**70, []],
    ids=["plain", "number as name", "no UTF-8", "long integer", "empty"],
)
def test_text_reads_back_as_the_standard_librarys_does(value: object) -> None:
    assert json.loads(json_text(value)) == json.loads(json.dumps(value))


def test_what_json_does_not_know_goes_through_default_or_is_refused() -> None:
    assert json_text({"sum": Decimal("1.5")}, default=str) == '{"sum":"1.5"}'
    with pytest.raises(TypeError):
        json_text({"sum": Decimal("1.5")})
