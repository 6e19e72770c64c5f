"""What the workflow says where a debate leaves its plain course: rules that apply, gates, what an answer lacks, and
people who are asked to rule."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from zamaz.events.debater import Share
from zamaz.events.flow import Action, Move, Step
from zamaz.events.workflow import WorkflowFact


class RuleApplied(WorkflowFact, frozen=True, kw_only=True):
    """The terms of a rule held, so its action is taken. `number` counts the rules applied in a debate, from 1.

    `rule` is its place in Flow{rules}, from 0, `condition` what the definition says. It was looked at in `round` after
    the step `step` ("": before the first round); `seen` are the quantities that its terms looked at, as they were.
    `again` is, of require_revision, how often the step `target` was asked once more before. `void` says why the action
    could change nothing, "" where it did.
    """

    key: ClassVar[tuple[str, ...]] = ("number",)
    number: int
    rule: int
    condition: str
    action: Action
    round: int
    step: str = ""
    target: str = ""
    amount: int = 1
    again: int = 0
    seen: dict[str, float] = {}
    why: str = ""
    void: str = ""


class GateClosed(WorkflowFact, frozen=True, kw_only=True):
    """What a quality ruling about the answers of a step comes to. `gate` names the gate, or the step whose own demands
    were judged; `again` counts how often the step was asked once more before, as in TurnRequested.

    `judged` is false where nobody judged (no ruling in time, or none that was sure): that is held against nobody, so
    `met` is true. `action` is what is done about `unmet` criteria; None where all are met, or it was done often enough.
    """

    key: ClassVar[tuple[str, ...]] = ("ruling",)
    ruling: str
    gate: str
    round: int
    step: str
    again: int = 0
    met: bool
    judged: bool
    unmet: tuple[str, ...] = ()
    action: Action | None = None
    why: str = ""


class ShortfallNoted(WorkflowFact, frozen=True, kw_only=True):
    """An answer is kept although it is not what its step asks for, after the repairs that the step allows."""

    key: ClassVar[tuple[str, ...]] = ("turn",)
    turn: str
    round: int
    step: str
    participant: str
    missing: tuple[str, ...]


class HumanRulingRequested(WorkflowFact, frozen=True, kw_only=True):
    """Nothing more is asked of any model: a person has to rule, with HumanRulingGiven. `number` counts, from 1.

    `turns` are those whose answers hold the positions at stake, `options` what may be chosen, where the request has
    options. `deadline` is when the wait ends, None: never by itself.
    """

    key: ClassVar[tuple[str, ...]] = ("number",)
    number: int
    why: str
    round: int
    turns: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    deadline: datetime | None = None


class MoveTaken(WorkflowFact, frozen=True, kw_only=True):
    """How the debate goes on after a round, on the advice of `ruling`.

    `move` is what was advised, and `void` why it changes nothing here, "" where it is done. `focus` is what the next
    round argues about, `inserted` the step that it begins with: advised, or the definition's answer to what was
    observed. `consensus_chance` is how likely one more round was to bring a consensus, 0..1.
    """

    key: ClassVar[tuple[str, ...]] = ("round",)
    round: int
    ruling: str
    move: Move
    focus: str = ""
    inserted: Step | None = None
    consensus_chance: Share | None = None
    why: str = ""
    void: str = ""


FACTS: tuple[type[WorkflowFact], ...] = (RuleApplied, GateClosed, ShortfallNoted, HumanRulingRequested, MoveTaken)
