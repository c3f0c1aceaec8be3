"""Metrics: our names, our base units, in the text that Prometheus reads."""

import re

from trunkline.platform.setting.metrics import Metrics


def test_samples_appear_under_the_documented_names() -> None:
    metrics = Metrics("0.1.0")
    metrics.sip_requests.labels("INVITE", "udp", "in").inc()
    metrics.calls.labels("trunking-terminating").inc()
    metrics.pdd.observe(0.3)
    text = metrics.exposition().decode()
    assert 'trunkline_sip_requests_total{direction="in",method="INVITE",transport="udp"} 1.0' in text
    assert 'trunkline_calls{direction="trunking-terminating"} 1.0' in text
    assert 'trunkline_pdd_seconds_bucket{le="0.5"} 1.0' in text
    assert 'trunkline_build_info{version="0.1.0"} 1.0' in text


def test_every_family_is_ours_and_two_processes_do_not_meet() -> None:
    first, second = Metrics("1"), Metrics("1")
    first.cdr_written.inc()
    assert "trunkline_cdr_written_total 0.0" in second.exposition().decode()
    names = re.findall(r"^# TYPE (\S+)", first.exposition().decode(), re.MULTILINE)
    assert len(names) > 20
    assert all(name.startswith("trunkline_") for name in names)
