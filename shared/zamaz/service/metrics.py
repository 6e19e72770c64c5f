"""Prometheus metrics that every service has.

Labels are bounded: types, services, providers and durables, never ids. Each counter counts what this process did,
so that the sum over replicas is the truth.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase

from zamaz.events import FACTS

M = TypeVar("M", bound=MetricWrapperBase)
WAKE = "Wake"
OTHER = "other"
KINDS = frozenset({WAKE, *(name for _, name in FACTS)})
SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
"""The buckets of whatever waits for models."""


class Family(Generic[M]):
    """A metric's children by their label values, kept: looking one up in the client library costs more than
    counting."""

    def __init__(self, metric: M, service: str) -> None:
        self._metric, self._service = metric, service
        self._children: dict[tuple[str, ...], M] = {}

    def __call__(self, *labels: str) -> M:
        """The child for these values, which follow the service's."""
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = self._metric.labels(self._service, *labels)
        return child

    def clear(self) -> None:
        """Forget all children: what they said is not known any more."""
        self._metric.clear()
        self._children.clear()


class Metrics:
    """One registry a process."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        ProcessCollector(registry=self.registry)
        self._dead = self.counter("dead_letters", "Deliveries given up for ever", "type")
        self._errors = self.counter(
            "errors", "What went wrong: of the wire, the log or the service itself", "component"
        )
        self._hear = self.histogram("hear_seconds", "From delivery to ack", "type", "outcome")
        self.waiting = self.gauge("queue_waiting", "Deliveries that nobody has taken yet", "durable")
        self.in_work = self.gauge("queue_in_work", "Deliveries that were taken and not acknowledged yet", "durable")
        # So that an alert has a series before the first one.
        self._dead(OTHER)
        for component in ("nats", "log", "service"):
            self._errors(component)

    def counter(self, name: str, about: str, *labels: str) -> Family[Counter]:
        """A counter of this process."""
        made = Counter(name, about, ("service", *labels), namespace="zamaz", registry=self.registry)
        return Family(made, self._service)

    def gauge(self, name: str, about: str, *labels: str) -> Family[Gauge]:
        """A gauge of this process."""
        made = Gauge(name, about, ("service", *labels), namespace="zamaz", registry=self.registry)
        return Family(made, self._service)

    def histogram(
        self, name: str, about: str, *labels: str, buckets: tuple[float, ...] = Histogram.DEFAULT_BUCKETS
    ) -> Family[Histogram]:
        """A histogram of this process, in seconds."""
        known = ("service", *labels)
        made = Histogram(name, about, known, namespace="zamaz", registry=self.registry, buckets=buckets)
        return Family(made, self._service)

    def heard(self, kind: str, outcome: str, seconds: float) -> None:
        """One delivery was worked on: outcome ack, later, dead or error."""
        self._hear(bounded(kind), outcome).observe(seconds)

    def dead(self, kind: str) -> None:
        """One delivery became a dead letter."""
        self._dead(bounded(kind)).inc()

    def error(self, component: str) -> None:
        """Something went wrong: `nats` (the wire complained), `log` (away, stale or contested) or `service`."""
        self._errors(component).inc()


def bounded(kind: str) -> str:
    """A type of the language, or `other`: applications may say what they like on their subjects."""
    return kind if kind in KINDS else OTHER
