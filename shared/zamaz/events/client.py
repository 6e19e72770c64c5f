"""What applications say. A plain publisher without headers is a first-class speaker."""

from __future__ import annotations

from typing import Any, ClassVar

from zamaz.events.base import Fact

MAX_QUESTION_BYTES = 16 * 1024
MAX_CONTEXT_BYTES = 512 * 1024


class ClientFact(Fact, frozen=True, kw_only=True):
    """Said by an application, a gateway or the command line."""

    voice: ClassVar[str] = "client"


class DebateRequested(ClientFact, frozen=True, kw_only=True):
    """Please debate this. Only `question` is needed.

    `participants` are aliases of models.yaml or `provider/model`; `workflow` a definition's id;
    `budget_usd` a decimal number of dollars; `metadata` is carried and not read.
    """

    question: str
    context: str = ""
    options: tuple[str, ...] = ()
    requester: str = ""
    workflow: str = ""
    participants: tuple[str, ...] = ()
    budget_usd: str | float | None = None
    metadata: dict[str, Any] = {}


class DebateAbortRequested(ClientFact, frozen=True, kw_only=True):
    """Please stop this debate. The first one counts."""

    by: str = ""
    why: str = ""


FACTS: tuple[type[ClientFact], ...] = (DebateRequested, DebateAbortRequested)
