"""Prometheus metrics that every service has. Labels are bounded: types and services, never ids."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """One registry a process."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self._said = self._counter("facts_said", "Facts that this service said", "type")
        self._dead = self._counter("dead_letters", "Deliveries given up for ever", "type")
        self._wire = self._counter("nats_errors", "What the server or the wire complained about")
        self._hear = Histogram(
            "hear_seconds",
            "From delivery to ack",
            ("service", "type", "outcome"),
            namespace="zamaz",
            registry=self.registry,
        )
        self._dead.labels(service, "none")  # so that an alert has a series before the first one

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, ("service", *labels), namespace="zamaz", registry=self.registry)

    def said(self, kind: str) -> None:
        """One fact was said."""
        self._said.labels(self._service, kind).inc()

    def heard(self, kind: str, outcome: str, seconds: float) -> None:
        """One delivery was worked on: outcome ack, later, dead or error."""
        self._hear.labels(self._service, kind, outcome).observe(seconds)

    def dead(self, kind: str) -> None:
        """One delivery became a dead letter."""
        self._dead.labels(self._service, kind).inc()

    def wire_error(self) -> None:
        """The connection's error callback was called."""
        self._wire.labels(self._service).inc()
