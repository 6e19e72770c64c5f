"""What applications say. A plain publisher without headers is a first-class speaker."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec.structs import replace

from zamaz.events.base import Fact, Part

MAX_QUESTION_BYTES = 16 * 1024
MAX_CONTEXT_BYTES = 512 * 1024
MAX_IMPORTED_BYTES = 1024 * 1024 - 4 * 1024
"""Of a whole DebateImported: the log takes 1 MiB, headers and all."""


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


class DebatePauseRequested(ClientFact, frozen=True, kw_only=True):
    """Please ask nothing new in this debate until it is resumed. What is asked already is answered and counted.

    `pause` is the asker's own key, a UUID or ULID, so that it can be asked for again after a resume. A body
    without it, or one that cannot be read, is a pause all the same: its name says what is wanted.
    """

    key: ClassVar[tuple[str, ...]] = ("pause",)
    pause: str = ""
    requester: str = ""
    why: str = ""


class DebateResumeRequested(ClientFact, frozen=True, kw_only=True):
    """Please go on: it lifts every pause that stands before it in the log, whoever asked for that.

    `resume` is the asker's own key, as with a pause.
    """

    key: ClassVar[tuple[str, ...]] = ("resume",)
    resume: str = ""
    requester: str = ""
    why: str = ""


class DebateAbortRequested(ClientFact, frozen=True, kw_only=True):
    """Please stop this debate. The first one counts."""

    by: str = ""
    why: str = ""


class Keyed(ClientFact, frozen=True, kw_only=True):
    """A request that can be made again: its key is the asker's own, a UUID or ULID, and the last token of its subject.

    Where a body names none, or another one, the subject's is taken: that is the name under which it stands.
    """

    def named(self, *key: str) -> Keyed:
        """With the key of its subject."""
        own = dict(zip(self.key, key, strict=True))
        return self if all(getattr(self, name) == value for name, value in own.items()) else replace(self, **own)


class HumanRulingGiven(Keyed, frozen=True, kw_only=True):
    """A person decides a debate that waits for it (HumanRulingRequested). The first one that can be taken counts.

    `ruling` is the asker's own key, a UUID or ULID. `decision` is a sentence; `choice` one of the request's options,
    where it has any.
    """

    key: ClassVar[tuple[str, ...]] = ("ruling",)
    ruling: str = ""
    decision: str = ""
    choice: str = ""
    by: str = ""
    why: str = ""


class ParticipantInvited(Keyed, frozen=True, kw_only=True):
    """Please seat one more participant in this debate while it runs, or one in the place of another.

    `model` is an alias of models.yaml or `provider/model`, `name` what it is called (the model's, unless given),
    `role` its role (participant, or that of whom it `replaces`), `stance` what it has to argue for, `replaces` the
    participant whose seat it takes over.
    """

    key: ClassVar[tuple[str, ...]] = ("invite",)
    invite: str = ""
    model: str
    name: str = ""
    role: str = ""
    stance: str = ""
    replaces: str = ""
    requester: str = ""
    why: str = ""


class ParticipantDismissed(Keyed, frozen=True, kw_only=True):
    """Please go on without this participant: nothing more is asked of it, and its position does not count."""

    key: ClassVar[tuple[str, ...]] = ("dismissal",)
    dismissal: str = ""
    participant: str
    requester: str = ""
    why: str = ""


class DebateChangeRequested(Keyed, frozen=True, kw_only=True):
    """Please go on under other terms; what is left out stays as it is.

    `max_rounds` and `min_rounds` count from the first round, `max_execution_s` is how long the whole debate may run
    (seconds from its start, pauses not counted), `budget_usd` a decimal number of dollars. `workflow` is the id of a
    definition: its steps and rules run from the next round on.
    """

    key: ClassVar[tuple[str, ...]] = ("change",)
    change: str = ""
    max_rounds: int | None = None
    min_rounds: int | None = None
    consensus_threshold: float | None = None
    max_execution_s: float | None = None
    budget_usd: str | float | None = None
    workflow: str = ""
    requester: str = ""
    why: str = ""


class ImportedAnswer(Part, frozen=True, kw_only=True):
    """What one participant said. `error` says that the text stands where an answer should be, and is none."""

    participant: str
    text: str = ""
    error: bool = False


class ImportedRound(Part, frozen=True, kw_only=True):
    """The answers of one round, in the record's order. Rounds count from 1."""

    round: int
    answers: tuple[ImportedAnswer, ...] = ()


class ImportedRecord(Part, frozen=True, kw_only=True):
    """A debate as another system stored it. `id` is its name there, `complexity` that system's own word.

    `decision_error` says that `decision` is none: it is an error's text, or it rests on errors alone. The times are
    ISO 8601 as they stood there; without a zone they are local to the machine that wrote them; "" where it had none.
    """

    id: str
    question: str
    context: str = ""
    complexity: str = ""
    rounds: tuple[ImportedRound, ...] = ()
    decision: str = ""
    decision_error: bool = False
    started_at: str = ""
    ended_at: str = ""


class DebateImported(ClientFact, frozen=True, kw_only=True):
    """A debate that was held and ended elsewhere. It is over: nothing is asked and nothing is decided on its id.

    It counts where it is the first word on its id. On an id that was requested it changes nothing.
    """

    record: ImportedRecord


class DebateForked(ClientFact, frozen=True, kw_only=True):
    """Please go on from another debate as it stood at the sequence `at` of the log, under `changes`.

    The facts of `parent` up to there count as this debate's own and are not copied; what was open there is asked anew.
    `changes` maps `participants.<n or name>.model` (or `.stance`), `rounds.max`, `rounds.min`, `threshold`,
    `protocol`, `question` and `context` (added to what there is) to what they are from here on.

    It counts where it is the first word on its id. On an id that was requested it changes nothing.
    """

    parent: str
    at: int
    changes: dict[str, Any] = {}
    requester: str = ""
    why: str = ""


FACTS: tuple[type[ClientFact], ...] = (
    DebateRequested,
    DebatePauseRequested,
    DebateResumeRequested,
    DebateAbortRequested,
    HumanRulingGiven,
    ParticipantInvited,
    ParticipantDismissed,
    DebateChangeRequested,
    DebateImported,
    DebateForked,
)
