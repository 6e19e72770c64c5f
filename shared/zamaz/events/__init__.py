"""The published language: every fact, one file a voice, and the one typed decoder for all of them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import msgspec

from zamaz.events import client, cost, course, debater, operator, orchestration, workflow
from zamaz.events.base import Fact, Part, subject_of

__all__ = [
    "ENDINGS",
    "FACTS",
    "LEFT",
    "Fact",
    "Malformed",
    "Part",
    "Recorded",
    "Unknown",
    "ce_type",
    "ce_type_of",
    "decode",
    "encode",
    "once_over",
    "subject_of",
    "to_builtins",
]

FACTS: dict[tuple[str, str], type[Fact]] = {
    (fact.voice, fact.__name__): fact
    for family in (
        client.FACTS,
        workflow.FACTS,
        course.FACTS,
        debater.FACTS,
        orchestration.FACTS,
        cost.FACTS,
        operator.FACTS,
    )
    for fact in family
}

ENDINGS: tuple[type[Fact], ...] = (
    workflow.DebateCompleted,
    workflow.DebateRejected,
    workflow.DebateFailed,
    workflow.DebateCancelled,
)
"""The facts after which a debate is over."""

LEFT: tuple[type[Fact], ...] = (operator.DebateErased, operator.DebateArchived)
"""What is left of a debate that was taken out of the log."""


class Unknown(msgspec.Struct, frozen=True, gc=False):
    """A fact of a type that this version does not know: written by a newer one."""

    subject: str
    body: bytes


class Malformed(msgspec.Struct, frozen=True, gc=False):
    """A body that is not the fact its subject names. `why` is safe to show."""

    subject: str
    why: str
    size: int


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """A fact as it stands in the log: `seq` its place there, `stamp` the server's RFC 3339 time of storing."""

    seq: int
    debate: str
    voice: str
    fact: Fact | Unknown | Malformed
    stamp: str
    id: str = ""

    @property
    def at(self) -> datetime:
        """When the server stored it (UTC; microseconds)."""
        whole, _, rest = self.stamp.rstrip("Z").partition(".")
        return datetime.fromisoformat(f"{whole}.{(rest or '0')[:6].ljust(6, '0')}").replace(tzinfo=UTC)


_ENCODER = msgspec.json.Encoder(decimal_format="string")


class _Form(NamedTuple):
    """How one type of fact is read: its decoder, the tokens of its key, and whether it takes any from its subject."""

    decoder: msgspec.json.Decoder[Fact]
    keys: int
    named: bool


@cache
def _form(voice: str, kind: str) -> _Form | None:
    fact = FACTS.get((voice, kind))
    return _Form(msgspec.json.Decoder(fact), len(fact.key), fact.named is not Fact.named) if fact else None


def encode(fact: Fact) -> bytes:
    """The JSON body of a fact."""
    return _ENCODER.encode(fact)


def to_builtins(fact: Fact) -> dict[str, object]:
    """A fact as JSON-compatible dicts and lists."""
    made: dict[str, object] = msgspec.json.decode(encode(fact))
    return made


def decode(subject: str, body: bytes) -> Fact | Unknown | Malformed:
    """The fact that `subject` names, out of its body. Never raises: what cannot be read is a value too."""
    tokens = subject.split(".")
    kind = tokens[3]
    form = _form(tokens[1], kind)
    if form is None:
        return Unknown(subject, body)
    decoder, keys, named = form
    if len(tokens) != 4 + keys:
        return Malformed(subject, f"the name of a {kind} has a key of another length", len(body))
    try:
        fact = decoder.decode(body)
        return fact.named(*tokens[4:]) if named else fact
    except msgspec.ValidationError as error:
        return Malformed(subject, str(error), len(body))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Malformed(subject, "the body is empty" if not body else f"not JSON: {error}", len(body))


def once_over(debate: str, fact: Fact) -> str:
    """The filter under which at most one fact may stand, or "" where its own name says that already."""
    return fact.once_over(debate)


def ce_type(fact: Fact) -> str:
    """The CloudEvents type. A breaking change is a new type, so v1 stays."""
    return ce_type_of(type(fact))


def ce_type_of(kind: type[Fact]) -> str:
    """The CloudEvents type of every fact of a kind."""
    return f"zamaz.{kind.voice}.{kind.__name__}.v1"
