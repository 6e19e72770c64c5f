"""What the debaters say: paid answers and why there is none (the AI Integration context)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from zamaz.events.base import Fact, Part
from zamaz.events.workflow import Verdict

Stance = Literal["agree", "partly", "disagree"]
FailureKind = Literal[
    "auth",
    "not_found",
    "rate_limited",
    "provider_error",
    "timeout",
    "unreachable",
    "bad_request",
    "refused",
    "filtered",
    "empty",
    "context_too_large",
    "cancelled",
    "not_configured",
    "internal",
    "circuit_open",
]
"""`refused` is the model's own no, `filtered` its provider's; `context_too_large` is found before the call where it can
be; `cancelled` is our own doing: nobody needs the answer any more. `circuit_open`: its provider was left alone for a
while, so that nobody was asked."""
FREE_FAILURES: frozenset[FailureKind] = frozenset(
    {
        "auth",
        "not_found",
        "rate_limited",
        "provider_error",
        "unreachable",
        "bad_request",
        "context_too_large",
        "not_configured",
        "internal",
        "circuit_open",
    }
)
"""Failures after which no provider sends a bill: nothing was answered, or nobody was asked."""
Share = Annotated[float, Meta(ge=0, le=1)]


class DebaterFact(Fact, frozen=True, kw_only=True):
    """Said by the debater service."""

    voice: ClassVar[str] = "debater"


class Usage(Part, frozen=True, kw_only=True):
    """Tokens as the provider counted them, or `estimated` out of bytes where it did not.

    `input` includes what was read from the provider's cache (`cached_input`) and written to it (`cache_write`),
    `output` includes `reasoning`.
    """

    input: int = 0
    cached_input: int = 0
    output: int = 0
    reasoning: int = 0
    cache_write: int = 0
    estimated: bool = False


class CallStarted(DebaterFact, frozen=True, kw_only=True):
    """A provider is about to be called. `call` is `<turn>-<n>`; n above 1 takes over from a debater that is gone.

    `by` is the calling process, `prompt_digest` the sha256 of the rendered prompt.
    """

    key: ClassVar[tuple[str, ...]] = ("call",)
    call: str
    turn: str
    by: str
    provider: str
    model: str
    prompt_digest: str
    max_output_tokens: int = 0
    prompt_bytes: int = 0


class ArgumentPresented(DebaterFact, frozen=True, kw_only=True):
    """The one answer of a turn. Without `position` it is no vote, and `unparsed` says why; a summary has neither.

    A ballot's position is what it says in a line; it names what it approves of (`approvals`), ranks (`ranking`, best
    first) or chooses, and has abstained where it names nothing.
    """

    key: ClassVar[tuple[str, ...]] = ("turn",)
    turn: str
    call: str
    round: int
    participant: str
    argument: str
    position: str | None = None
    choice: str | None = None
    verdict: Verdict | None = None
    on_others: dict[str, Stance] = {}
    confidence: Share = 0.0
    unparsed: str = ""
    usage: Usage | None = None
    provider: str
    model: str
    latency_ms: int
    finish_reason: str = ""
    approvals: tuple[str, ...] = ()
    ranking: tuple[str, ...] = ()


class TurnFailed(DebaterFact, frozen=True, kw_only=True):
    """A turn that gave no answer. `why` is safe to show; `retry_after_s` is the provider's own word."""

    key: ClassVar[tuple[str, ...]] = ("turn",)
    turn: str
    call: str = ""
    kind: FailureKind
    why: str
    retryable: bool
    retry_after_s: float | None = None
    usage: Usage | None = None
    provider: str = ""
    model: str = ""


class CallDiscarded(DebaterFact, frozen=True, kw_only=True):
    """A call whose answer came after another answer of the same turn stood: paid for, not used.

    `kind` says how it failed, where it did.
    """

    key: ClassVar[tuple[str, ...]] = ("call",)
    call: str
    turn: str
    provider: str
    model: str
    usage: Usage | None = None
    kind: FailureKind | None = None


FACTS: tuple[type[DebaterFact], ...] = (CallStarted, ArgumentPresented, TurnFailed, CallDiscarded)
