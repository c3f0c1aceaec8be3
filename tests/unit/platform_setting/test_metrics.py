"""Metrics: our names, our base units, in the text that Prometheus reads."""

import re
from pathlib import Path

from trunkline.platform.setting.metrics import FAMILIES, SET_UP_SECONDS, Kind, Report, exposition

DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_samples_of_all_processes_appear_under_the_documented_names() -> None:
    counts = [0] * (len(SET_UP_SECONDS) + 1)
    counts[2], counts[5], counts[-1] = 1, 2, 3
    first: Report = {
        "sip_requests": [(["INVITE", "udp", "in"], 7)],
        "calls": [(["trunking-terminating"], 2)],
        "pdd_seconds": [([], [*counts, 200.5])],
        "of_another_version": [([], 1)],
    }
    second: Report = {"calls": [(["trunking-terminating"], 5)]}
    text = exposition({"gateway-1": first, "gateway-2": second}).decode()
    for line in (
        'trunkline_sip_requests_total{direction="in",method="INVITE",process="gateway-1",transport="udp"} 7.0',
        'trunkline_calls{direction="trunking-terminating",process="gateway-1"} 2.0',
        'trunkline_calls{direction="trunking-terminating",process="gateway-2"} 5.0',
        'trunkline_pdd_seconds_bucket{le="0.01",process="gateway-1"} 0.0',
        'trunkline_pdd_seconds_bucket{le="0.025",process="gateway-1"} 1.0',
        'trunkline_pdd_seconds_bucket{le="60.0",process="gateway-1"} 3.0',
        'trunkline_pdd_seconds_bucket{le="+Inf",process="gateway-1"} 6.0',
        'trunkline_pdd_seconds_count{process="gateway-1"} 6.0',
        'trunkline_pdd_seconds_sum{process="gateway-1"} 200.5',
    ):
        assert line in text.splitlines()
    assert "another_version" not in text


def test_every_family_is_told_even_without_samples() -> None:
    told = re.findall(r"^# TYPE (\S+) (\S+)", exposition({}).decode(), re.MULTILINE)
    assert {(name.removesuffix("_total"), kind) for name, kind in told} == {
        (f"trunkline_{name}", family.kind.value) for name, family in FAMILIES.items()
    }


def test_every_family_is_documented_with_its_labels() -> None:
    rows = dict(re.findall(r"^\| `(\S+?)` \| (.*?) \|", DOCS.read_text(), re.MULTILINE))
    expected = {}
    for name, family in FAMILIES.items():
        full = f"trunkline_{name}" + ("_total" if family.kind is Kind.COUNTER else "")
        expected[full] = ", ".join(f"`{label}`" for label in family.labels)
    assert rows == expected
