"""An OTLP/HTTP receiver that keeps the spans it is sent."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from servers.asgi import Receive, Scope, Send, answer, body_of


@dataclass(frozen=True)
class Span:
    """One span; ids are lower-case hex, `parent` is "" for a root."""

    service: str
    instance: str
    name: str
    trace: str
    id: str
    parent: str
    failed: bool
    attributes: dict[str, Any]


@dataclass
class Collector:
    """Serve `app`; `raw` is all that came, as it came."""

    spans: list[Span] = field(default_factory=list)
    raw: bytes = b""

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One export."""
        body = await body_of(receive)
        assert scope["path"] == "/v1/traces"
        if dict(scope["headers"]).get(b"content-encoding") == b"gzip":
            body = gzip.decompress(body)
        self.raw += body
        for part in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = _plain(part.resource.attributes)
            for scoped in part.scope_spans:
                self.spans += (
                    Span(
                        about["service.name"],
                        about["service.instance.id"],
                        span.name,
                        span.trace_id.hex(),
                        span.span_id.hex(),
                        span.parent_span_id.hex(),
                        span.status.code == span.status.STATUS_CODE_ERROR,
                        _plain(span.attributes),
                    )
                    for span in scoped.spans
                )
        heads = {"content-type": "application/x-protobuf"}
        await answer(send, 200, ExportTraceServiceResponse().SerializeToString(), heads)


def _plain(attributes: list[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in attributes}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind) if kind else None
