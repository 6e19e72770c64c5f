"""The CloudEvents 1.0 NATS binary headers that a fact carries."""

from __future__ import annotations

from datetime import UTC, datetime

from zamaz import subjects
from zamaz.events import Fact, ce_type

EXPECTED = "Nats-Expected-Last-Subject-Sequence"
EXPECTED_OVER = "Nats-Expected-Last-Subject-Sequence-Subject"
TRACE = "ce-traceparent"
"""CloudEvents' distributed tracing extension."""


SEQ, TIME = "zamaz-seq", "zamaz-time"
"""Where a fact stood, and when it was stored, before its debate was archived and put back: its place and time still."""


def as_it_was(subject: str, seq: int, time: str) -> dict[str, str]:
    """Headers of a fact that is put back. Who said it, because of what and in which trace, no archive keeps."""
    named = subjects.parse(subject)
    return {
        "ce-specversion": "1.0",
        "ce-id": subjects.fact_id(subject),
        "ce-type": f"zamaz.{named.voice}.{named.type}.v1",
        "ce-source": "/zamaz/archive",
        "ce-time": time,
        "ce-correlationid": named.debate,
        SEQ: str(seq),
        TIME: time,
    }


def cloud_event(
    subject: str, debate: str, fact: Fact, source: str, because: str = "", trace: str = ""
) -> dict[str, str]:
    """Headers for one fact, whose name `subject` is. `because` is the ce-id of the fact that caused it, `trace` a W3C
    traceparent."""
    made = {
        "ce-specversion": "1.0",
        "ce-id": subjects.fact_id(subject),
        "ce-type": ce_type(fact),
        "ce-source": f"/zamaz/{source}",
        "ce-time": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "ce-correlationid": debate,
    }
    if because:
        made["ce-causationid"] = because
    if trace:
        made[TRACE] = trace
    return made


def expecting(after: int | None, over: str) -> dict[str, str]:
    """The optimistic concurrency headers: the newest fact under `over` stands at `after` (0: there is none).

    One function makes both headers, because the server does not check that they fit each other.
    """
    return {} if after is None else {EXPECTED: str(after), EXPECTED_OVER: over}
