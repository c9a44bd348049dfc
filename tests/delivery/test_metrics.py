"""What Prometheus is told: counts of outcomes, waits and missed recipients, lateness, and gauges."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import get_args

from prometheus_client import generate_latest

from delivery.metrics import LATENESS_BUCKETS_SECONDS, Gauge, Metrics
from domain.delivery.outcome import Outcome, RateLimited, Sent
from tests.delivery.harness import MORNING


def _exposed(metrics: Metrics) -> list[str]:
    """Return the samples as Prometheus reads them."""
    lines = generate_latest(metrics.registry).decode().splitlines()
    return [line for line in lines if not line.startswith("#")]


def _described(metrics: Metrics) -> set[str]:
    lines = generate_latest(metrics.registry).decode().splitlines()
    return {line.removeprefix("# HELP ") for line in lines if line.startswith("# HELP ")}


def test_counts_add_up() -> None:
    metrics = Metrics((), now=lambda: MORNING)
    for outcome in (Sent(1), RateLimited(3), Sent(2)):
        metrics.record_outcome(outcome)
    for seconds in (3, 4.5):
        metrics.record_retry_after(seconds)
    for recipients in (2, 5):
        metrics.record_missed(recipients)
    exposed = [line for line in _exposed(metrics) if not line.endswith(" 0.0")]
    assert exposed == [
        'digestbot_delivery_calls_total{outcome="Sent"} 2.0',
        'digestbot_delivery_calls_total{outcome="RateLimited"} 1.0',
        "digestbot_retry_after_seconds_total 7.5",
        "digestbot_missed_recipients_total 7.0",
    ]


def test_counts_begin_at_zero() -> None:
    """Each outcome has a count before it first happens: else Prometheus sees no increase at the first one."""
    values = dict(line.rsplit(" ", 1) for line in _exposed(Metrics((), now=lambda: MORNING)))
    assert set(values.values()) == {"0.0"}
    assert {f'digestbot_delivery_calls_total{{outcome="{kind.__name__}"}}' for kind in get_args(Outcome)} <= set(values)


def test_lateness_falls_into_its_bucket() -> None:
    """A bound belongs to its bucket; an answer before the due instant counts as on time."""
    clock = [MORNING]

    def now() -> datetime:
        return clock[0]

    metrics = Metrics((), now=now)
    for seconds in (-2, 1, 1.5, 15, 50_000):
        clock[0] = MORNING + timedelta(seconds=seconds)
        metrics.record_lateness(MORNING)
    name = "digestbot_delivery_lateness_seconds"
    buckets = {
        line.split()[0].partition('le="')[2].removesuffix('"}'): float(line.split()[1])
        for line in _exposed(metrics)
        if line.startswith(f"{name}_bucket")
    }
    counts = (2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5)
    assert buckets == dict(zip((*map(str, LATENESS_BUCKETS_SECONDS), "+Inf"), counts, strict=True))
    assert metrics.registry.get_sample_value(f"{name}_sum") == 50_017.5
    assert metrics.registry.get_sample_value(f"{name}_count") == 5


def test_gauges_are_read_when_asked() -> None:
    values = [1.0, 2.0]
    metrics = Metrics(
        [Gauge("first", "the first", lambda: values[0]), Gauge("second", "x", lambda: values[1])], now=lambda: MORNING
    )
    values[0] = 8.0
    assert _exposed(metrics)[-2:] == ["first 8.0", "second 2.0"]
    assert {"first the first", "second x"} <= _described(metrics)
    assert {line.split(" ", 1)[0] for line in _described(metrics)} == {
        "digestbot_delivery_calls_total",
        "digestbot_retry_after_seconds_total",
        "digestbot_missed_recipients_total",
        "digestbot_delivery_lateness_seconds",
        "first",
        "second",
    }
