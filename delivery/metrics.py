"""What operators count: outcomes in, Prometheus' numbers out, in a registry of our own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """Delivery's numbers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._outcomes = Counter("digest_outcomes", "Parts by what became of them", ["outcome"], registry=self.registry)
        self.lateness = Histogram(
            "digest_lateness_seconds",
            "From the due instant to Telegram's answer",
            buckets=(1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600),
            registry=self.registry,
        )
        self.throttled = Counter(
            "digest_throttled_seconds", "Seconds that Telegram told us to wait", registry=self.registry
        )
        self.in_hand = Gauge("digest_in_hand", "Recipients whose parts are being sent", registry=self.registry)
        self.slower = Gauge("digest_slower", "Spacing of messages, 1 when at the full rate", registry=self.registry)
        self.missed = Counter("digest_missed", "People for whom a digest came too late", registry=self.registry)
        self._by_kind: dict[str, Counter] = {}

    def count(self, outcome: str) -> None:
        """One more part with this outcome."""
        child = self._by_kind.get(outcome)
        if child is None:
            child = self._by_kind[outcome] = self._outcomes.labels(outcome)
        child.inc()
