"""What operators count: outcomes in, Prometheus' numbers out, in a registry of our own.

Counting is done in plain integers, a few for each message; Prometheus' objects are made when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

LATENESS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 3 * 3600.0, 6 * 3600.0, 12 * 3600.0)
"""Bounds, in seconds, of what is told about lateness."""

Gauge = Callable[[], float]


class Metrics(Collector):
    """Delivery's numbers. `gauges` are asked when Prometheus asks: by name, what they mean and how to find out."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.outcomes: Counter[str] = Counter()
        self.throttled_seconds = 0.0
        self.missed = 0
        self._late = [0] * (len(LATENESS) + 1)
        self._late_sum = 0.0
        self._gauges: dict[str, tuple[str, Gauge]] = {}
        self.registry.register(self)

    def gauge(self, name: str, meaning: str, ask: Gauge) -> None:
        """Tell also this."""
        self._gauges[name] = (meaning, ask)

    def late(self, seconds: float) -> None:
        """A part was answered for so long after it was due."""
        self._late[bisect_left(LATENESS, seconds)] += 1
        self._late_sum += max(0.0, seconds)

    def collect(self) -> Iterator[Metric]:
        """What Prometheus wants to know."""
        outcomes = CounterMetricFamily("digest_outcomes", "Parts by what became of them", labels=["outcome"])
        for outcome, count in self.outcomes.items():
            outcomes.add_metric([outcome], count)
        yield outcomes
        yield CounterMetricFamily(
            "digest_throttled_seconds", "Seconds that Telegram told us to wait", value=self.throttled_seconds
        )
        yield CounterMetricFamily("digest_missed", "People for whom a digest came too late", value=self.missed)
        yield self._lateness()
        for name, (meaning, ask) in self._gauges.items():
            yield GaugeMetricFamily(name, meaning, value=ask())

    def _lateness(self) -> Metric:
        total, buckets = 0, []
        for bound, count in zip((*map(str, LATENESS), "+Inf"), self._late, strict=True):
            total += count
            buckets.append((bound, total))
        return HistogramMetricFamily(
            "digest_lateness_seconds", "From the due instant to Telegram's answer", buckets, self._late_sum
        )
