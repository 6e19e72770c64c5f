"""Spans by OpenTelemetry, sent by OTLP over HTTP. Whatever its standard variables say holds (OTEL_*).

The trace of a debate is that of whoever requested it. A request without a traceparent gets one whose id is made
of the debate's: whichever process begins, and however often, it is the same.
"""

from __future__ import annotations

import importlib.metadata
import os
import secrets
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from zamaz import subjects
from zamaz.events.debater import Usage
from zamaz.service.delivery import Delivery, GiveBack, Terminate
from zamaz.service.tracing import Hear

_TRACEPARENT = "traceparent"
_UNNAMED = "unknown_service"
_PROVIDERS = {"google": "gcp.gemini", "xai": "x_ai"}
"""Providers that the GenAI conventions know by another name than models.yaml."""

_debate: ContextVar[str] = ContextVar("debate", default="")


class DebateIds(RandomIdGenerator):
    """A trace that begins here has the debate's own id."""

    def generate_trace_id(self) -> int:
        """128 bits, the same for the same debate."""
        debate = _debate.get()
        return uuid.UUID(subjects.made_id(debate, "trace")).int if debate else super().generate_trace_id()


class Call:
    """The span of one call of a model, by the GenAI conventions."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def ended(self, *, model: str = "", usage: Usage | None = None, finish_reason: str = "", error: str = "") -> None:
        """How it went."""
        if model:
            self._span.set_attribute("gen_ai.response.model", model)
        if finish_reason:
            self._span.set_attribute("gen_ai.response.finish_reasons", [finish_reason])
        if usage:
            self._span.set_attribute("gen_ai.usage.input_tokens", usage.input)
            self._span.set_attribute("gen_ai.usage.cache_read.input_tokens", usage.cached_input)
            self._span.set_attribute("gen_ai.usage.output_tokens", usage.output)
        if error:
            _failed(self._span, error)


class OpenTelemetry:
    """The traces of one service process."""

    def __init__(self, service: str) -> None:
        self._provider = TracerProvider(resource=_resource(service), id_generator=DebateIds(), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("zamaz", importlib.metadata.version("zamaz-debate"))
        self._wire = TraceContextTextMapPropagator()

    def traceparent(self) -> str:
        """That of the span that we are in, or ""."""
        carrier: dict[str, str] = {}
        self._wire.inject(carrier)
        return carrier.get(_TRACEPARENT, "")

    async def hear(self, named: subjects.Name, delivery: Delivery, hear: Hear) -> list[str]:
        """Hear a delivery in a span of its own, below the span that said the fact."""
        _debate.set(named.debate)
        before = self._wire.extract({_TRACEPARENT: delivery.trace}, Context())
        with self._tracer.start_as_current_span(
            f"hear {named.type}",
            context=before,
            kind=SpanKind.CONSUMER,
            attributes=_heard(named, delivery),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                said = await hear(named, delivery)
            except GiveBack:
                span.set_attribute("zamaz.outcome", "later")
                raise
            except Terminate:
                span.set_attribute("zamaz.outcome", "dead")
                raise
            except BaseException as error:
                _failed(span, type(error).__name__)
                raise
            span.set_attribute("zamaz.said", said)
            return said

    @contextmanager
    def call(self, provider: str, model: str, max_tokens: int) -> Iterator[Call]:
        """A span around one call of a model."""
        asked: dict[str, str | int] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": _PROVIDERS.get(provider, provider),
            "gen_ai.request.model": model,
            "gen_ai.request.max_tokens": max_tokens,
            "gen_ai.conversation.id": _debate.get(),
        }
        with self._tracer.start_as_current_span(
            f"chat {model}",
            kind=SpanKind.CLIENT,
            attributes=asked,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield Call(span)
            except BaseException as error:
                _failed(span, type(error.__cause__ or error).__name__)
                raise

    def close(self, patience: float) -> None:
        """Send what is left, for at most `patience` seconds. A collector that is away holds up nothing."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(patience)


def _resource(service: str) -> Resource:
    """OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES first: the SDK reads them."""
    found = Resource.create(
        {
            "service.namespace": "zamaz",
            "service.version": importlib.metadata.version("zamaz-debate"),
            "service.instance.id": f"{os.getpid()}-{secrets.token_hex(4)}",
        }
    )
    if str(found.attributes.get(SERVICE_NAME, _UNNAMED)).startswith(_UNNAMED):
        return found.merge(Resource({SERVICE_NAME: f"zamaz-{service}"}))
    return found


def _heard(named: subjects.Name, delivery: Delivery) -> dict[str, str | int]:
    return {
        "messaging.system": "nats",
        "messaging.operation.name": "hear",
        "messaging.operation.type": "process",
        "messaging.message.id": delivery.id,
        "zamaz.debate": named.debate,
        "zamaz.voice": named.voice,
        "zamaz.type": named.type,
        "zamaz.tries": delivery.tries,
    }


def _failed(span: Span, kind: str) -> None:
    """The kind alone: an error's text may hold what was sent."""
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)
