"""Prometheus metrics of delivery, in a registry of their own.

Counting uses plain integers, a few per message; Prometheus objects are made only when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from domain.delivery.outcome import Outcome

LATENESS_BUCKETS_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 3 * 3600.0, 6 * 3600.0, 12 * 3600.0)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value that is read whenever Prometheus asks."""

    name: str
    description: str
    read: Callable[[], float]


class Metrics(Collector):
    """Counters of delivery and its gauges, exposed through `registry`."""

    def __init__(self, gauges: Sequence[Gauge], *, now: Callable[[], datetime]) -> None:
        self.registry = CollectorRegistry()
        self._gauges = gauges
        self._now = now
        self._outcomes = Counter({kind.__name__: 0 for kind in get_args(Outcome)})  # a first one is an increase, too
        self._retry_after_seconds = 0.0
        self._missed_recipients = 0
        self._lateness_counts = [0] * (len(LATENESS_BUCKETS_SECONDS) + 1)
        self._lateness_sum_seconds = 0.0
        self.registry.register(self)

    def record_outcome(self, outcome: Outcome) -> None:
        """Count a call by its outcome."""
        self._outcomes[type(outcome).__name__] += 1

    def record_retry_after(self, seconds: float) -> None:
        """Add the seconds that a 429 told the bot to wait."""
        self._retry_after_seconds += seconds

    def record_missed(self, recipients: int) -> None:
        """Count recipients for whom an edition came too late."""
        self._missed_recipients += recipients

    def record_lateness(self, due_at: datetime) -> None:
        """Count a part that was answered just now by how late it is."""
        seconds = (self._now() - due_at).total_seconds()
        self._lateness_counts[bisect_left(LATENESS_BUCKETS_SECONDS, seconds)] += 1
        self._lateness_sum_seconds += max(0.0, seconds)

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics in Prometheus' form."""
        calls = CounterMetricFamily(
            "digestbot_delivery_calls", "Calls that sent a part, by outcome", labels=["outcome"]
        )
        for outcome, count in self._outcomes.items():
            calls.add_metric([outcome], count)
        yield calls
        yield CounterMetricFamily(
            "digestbot_retry_after_seconds", "Seconds that 429s told the bot to wait", value=self._retry_after_seconds
        )
        yield CounterMetricFamily(
            "digestbot_missed_recipients", "Recipients whose edition came too late", value=self._missed_recipients
        )
        yield self._lateness()
        for gauge in self._gauges:
            yield GaugeMetricFamily(gauge.name, gauge.description, value=gauge.read())

    def _lateness(self) -> Metric:
        total, buckets = 0, []
        bounds = (*map(str, LATENESS_BUCKETS_SECONDS), "+Inf")
        for bound, count in zip(bounds, self._lateness_counts, strict=True):
            total += count
            buckets.append((bound, total))
        return HistogramMetricFamily(
            "digestbot_delivery_lateness_seconds",
            "Seconds from the due instant to Telegram's answer",
            buckets,
            self._lateness_sum_seconds,
        )
