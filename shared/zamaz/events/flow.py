"""A definition as it runs: the parts that DebateStarted carries, resolved out of the files that people edit."""

from __future__ import annotations

from typing import Any, Literal

from zamaz.events.base import Part
from zamaz.events.voting import CONSENSUS, ProtocolSetting

DefinedStep = Literal[
    "initial_arguments",
    "counter_arguments",
    "clarification",
    "devils_advocate",
    "expert_review",
    "moderation",
    "custom",
    "consensus_check",
    "vote",
    "synthesis",
    "human_ruling",
    "final_decision",
]
"""What a definition may ask for."""
StepType = Literal[DefinedStep, "summary"]
"""`summary` is no step of a definition: it is the type of turns that make one text of older rounds."""
SUMMARY = "summary-of-rounds"
"""The step of those turns. No definition may give one of its own this id."""
DecisionType = Literal["SIMPLE", "MODERATE", "COMPLEX", "EVOLUTION"]
Visibility = Literal["all", "own_side", "neighbours", "summary"]
ContextMode = Literal["full", "window", "summary"]
Order = Literal["parallel", "sequential"]
OnBudget = Literal["shrink", "finish", "stop"]
Complexity = Literal["simple", "moderate", "complex"]
Quantity = Literal[
    "rounds",
    "rounds_left",
    "score",
    "consensus",
    "cost_usd",
    "elapsed_s",
    "failures",
    "timeouts",
    "complexity",
]
"""What a rule may look at. `consensus` is 1 or 0, `complexity` 1 simple, 2 moderate, 3 complex. No term holds over what
was not measured yet: a score before the first check, a complexity that nobody assessed."""
Comparison = Literal["<", "<=", "==", "!=", ">=", ">"]
Repeat = Literal["complete_partial", "abort"]
Action = Literal[
    "skip_to_final_decision",
    "escalate_to_human",
    "continue_with_available",
    "add_expert_participant",
    "fallback_participant",
    "extend_debate",
    "request_clarification",
    "require_revision",
    "abort",
    "complete_partial",
]
Move = Literal["continue", "redirect", "pause", "complete", "escalate"]
"""How a debate goes on after a round: as its definition says; with something else to argue about; not before somebody
lets it; no further; by a person."""
Response = Literal["nothing", "redirect", "devils_advocate"]
"""What is done about what is observed: the next round is led back to the question, or begins with the case against what
most hold."""


class Conditions(Part, frozen=True, kw_only=True):
    """What a step's answers must be. Lengths are characters of the argument (0: any), `sections` headings that it must
    have. `demands` are the names of what no rule computes: each is told to the speaker and asked of the orchestrator.
    """

    min_length: int = 0
    max_length: int = 0
    sections: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()


ANY_ANSWER = Conditions()


class Step(Part, frozen=True, kw_only=True):
    """One step of a definition. `timeout_s` is seconds for the whole step, retries included (0, of a human ruling:
    without end).

    `who` names the seats that take part, by participant (none named: by the step's type). `threshold` is a consensus
    check's own, `needs_consensus` says that a final decision may not be taken without one.
    """

    id: str
    type: StepType
    instruction: str = ""
    timeout_s: float = 180.0
    max_retries: int = 1
    who: tuple[str, ...] = ()
    order: Order = "parallel"
    conditions: Conditions = ANY_ANSWER
    threshold: float | None = None
    needs_consensus: bool = False


class Term(Part, frozen=True, kw_only=True):
    """One comparison of a rule: `of` the debate as it stands, with `value`."""

    of: Quantity
    op: Comparison
    value: float


class Rule(Part, frozen=True, kw_only=True):
    """When all `terms` hold, `action` is taken, at most `most` times a debate. `condition` is what the file says.

    `target` names a participant (of add_expert_participant and fallback_participant) or a step, `amount` counts rounds
    (of extend_debate).
    """

    condition: str
    terms: tuple[Term, ...]
    action: Action
    target: str = ""
    amount: int = 1
    most: int = 1
    description: str = ""


class Gate(Part, frozen=True, kw_only=True):
    """What the orchestrator is asked about the answers of the step `after`, before the debate goes on; when a
    criterion is not met, `on_failure` is done, at most `most` times a debate."""

    name: str
    criteria: tuple[str, ...]
    on_failure: Action
    after: str
    most: int = 1


class Seat(Part, frozen=True, kw_only=True):
    """One participant and the model that speaks for it.

    `stance` is what it has to argue for, "" for its own mind; `side` groups seats; `visibility` says what it sees of
    the others. `context_tokens` is how much its model can read and write in one call (0: not known).
    """

    participant: str
    provider: str
    model: str
    role: str = "participant"
    parameters: dict[str, Any] = {}
    max_output_tokens: int = 1024
    stance: str = ""
    side: str = ""
    visibility: Visibility = "all"
    context_tokens: int = 0


class ContextSetting(Part, frozen=True, kw_only=True):
    """How much of what was said a speaker is shown.

    `full` is all of it, `window` the last `rounds` rounds. `max_tokens` bounds the whole prompt (0: only the model's
    own context does): what does not fit is left out or cut, the oldest first. `summary` is the last `rounds` rounds
    and, of all before, what the seat `by` makes of it in a turn of its own, within `timeout_s` seconds, retries
    included. `by` is none of the participants.
    """

    mode: ContextMode = "window"
    rounds: int = 1
    max_tokens: int = 0
    by: Seat | None = None
    timeout_s: float = 180.0


NEWEST = ContextSetting()


class Adaptation(Part, frozen=True, kw_only=True):
    """Which moves the orchestrator may advise when a round is over, and what is done where it observes a position that
    was given up, or an agreement that is repeated, without an argument (`on_sycophancy`), and an argument off the
    question (`on_drift`). That goes before `complete`, `tries` times for each participant and observation."""

    moves: tuple[Move, ...] = ()
    on_sycophancy: Response = "nothing"
    on_drift: Response = "nothing"
    tries: int = 0


class Flow(Part, frozen=True, kw_only=True):
    """A definition as it runs: resolved, so that editing the file changes no running debate.

    `dynamic` lets participants join, leave and be replaced; `all_required` ends a debate that a seat has left.
    `assess` asks how complex the question is before the first round; `novel` sends a decision back once that repeats
    one of DebateStarted{earlier}, and repeated again it is done `on_repeat`. When money is refused, `on_budget` lets
    it argue no further round and decide in order (shrink), decide on what stands without another call (finish), or
    fail (stop). With `adaptation`, the orchestrator is asked after each round how to go on.
    """

    id: str
    steps: tuple[Step, ...]
    decision_type: DecisionType = "MODERATE"
    max_rounds: int = 1
    min_rounds: int = 1
    consensus_threshold: float = 0.75
    max_execution_s: float | None = None
    decided_by: str = ""
    retry_delay_s: float = 1.0
    protocol: ProtocolSetting = CONSENSUS
    rules: tuple[Rule, ...] = ()
    gates: tuple[Gate, ...] = ()
    dynamic: bool = True
    all_required: bool = False
    assess: bool = False
    novel: bool = False
    on_repeat: Repeat = "complete_partial"
    context: ContextSetting = NEWEST
    on_budget: OnBudget = "finish"
    adaptation: Adaptation | None = None


class RungSetting(Part, frozen=True, kw_only=True):
    """One rung of the ladder of a ruling kind: below `threshold` confidence it passes up.

    `provider` is one of models.yaml, "" for a rung that has its own. Of the limits, 0 is none: requests and tokens a
    minute of all orchestrators together, calls at once of each, dollars that its rulings may cost one debate.
    `keep_alive` is how long Ollama keeps the model loaded after a call, `pull` whether a missing one is fetched, and
    `shows` how many characters of what others wrote its model is shown of a question (0: as many as the kind allows).
    `max_output_tokens` is the longest answer that models.yaml allows its model (0: what the kind needs is all).
    """

    rung: str
    threshold: float = 0.0
    model: str = ""
    timeout_s: float = 30.0
    provider: str = ""
    parameters: dict[str, Any] = {}
    requests_a_minute: int = 0
    tokens_a_minute: int = 0
    concurrency: int = 0
    spend_usd: float = 0.0
    keep_alive: str = ""
    pull: bool = False
    shows: int = 0
    max_output_tokens: int = 0


class Earlier(Part, frozen=True, kw_only=True):
    """A decision that stood before: its debate, and what it recommends."""

    debate: str
    decision: str
