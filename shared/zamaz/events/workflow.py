"""What the workflow says: the course of a debate (the Debate context, the core)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from zamaz import subjects
from zamaz.events.base import Fact, Part
from zamaz.events.flow import Complexity, DecisionType, Earlier, Flow, RungSetting, Seat, Step, Visibility
from zamaz.events.spending import PlannedCall, Spending
from zamaz.events.voting import Tally

RulingKind = Literal["complexity", "workflow", "consensus", "next_move", "quality", "novelty"]
StopReason = Literal["consensus", "rounds", "budget", "deadline", "escalation", "abort", "failure"]
RejectionReason = Literal[
    "malformed",
    "too_large",
    "unknown_workflow",
    "unknown_participant",
    "unreachable_participant",
    "wrong_seats",
    "bad_options",
    "budget_unsupported",
    "bad_fork",
    "erased",
    "bad_budget",
]
Verdict = Literal["adopt", "reject", "amend", "needs_info"]


class WorkflowFact(Fact, frozen=True, kw_only=True):
    """Said by the workflow service."""

    voice: ClassVar[str] = "workflow"


class DebateStarted(WorkflowFact, frozen=True, kw_only=True):
    """What runs, resolved: definition, seats, reserves, ladder and the digests of the prompts.

    `complexity` is what the question was assessed as, where it was; `earlier` are the decisions that this debate must
    not repeat. With `spending`, money is asked for before it is spent.
    """

    workflow: str
    flow: Flow
    flow_digest: str
    seats: tuple[Seat, ...]
    reserves: tuple[Seat, ...] = ()
    ladder: dict[str, tuple[RungSetting, ...]] = {}
    prompts: dict[str, str] = {}
    seated_because: str = ""
    complexity: Complexity | None = None
    earlier: tuple[Earlier, ...] = ()
    spending: Spending | None = None


class DebateRejected(WorkflowFact, frozen=True, kw_only=True):
    """The request cannot become a debate. `why` says what to do about it."""

    reason: RejectionReason
    why: str


class RoundStarted(WorkflowFact, frozen=True, kw_only=True):
    """A pass over the turn steps begins. Rounds count from 1. `focus` is what it argues about, where that is not simply
    the question: a model's words, or the question's own."""

    key: ClassVar[tuple[str, ...]] = ("round",)
    round: int
    focus: str = ""


class SpendRequested(WorkflowFact, frozen=True, kw_only=True):
    """Money is wanted for these calls: those that are out and not priced, and those that may follow. `number` counts
    from 1. `limit_usd` is the debate's own budget as it stands, `requester` whose budgets it touches."""

    key: ClassVar[tuple[str, ...]] = ("number",)
    number: int
    calls: tuple[PlannedCall, ...]
    limit_usd: Decimal | None = None
    requester: str = ""


class TurnRequested(WorkflowFact, frozen=True, kw_only=True):
    """One call of one model, addressed to its provider.

    `sees` is the sequence up to which the speaker may see the others (0: nothing of them), `labels` the
    neutral names it sees them under, `retries` the turn that this one repeats, `attempt` how many went before.
    `choices` are what a vote, or a judge, may choose (options, or labels), where that is not the request's options;
    `adopted` is what the vote has adopted, and the turn has to word.
    `follows` is the participant whose seat the speaker has taken over: until it has argued itself, it reads what that
    one said last.
    `revise` says what the answer of `retries` lacks, which the speaker is told; `again` counts how often a rule or a
    gate had the whole step asked once more before. `inserted` is the step itself, where a rule or a move has put it in
    and the definition has none of that id. `stance` is what the speaker has to argue for, `visibility` what it is shown
    of those in `labels`, `focus` what its round argues about, as in RoundStarted.
    `summary` is the turn whose answer the speaker reads in the place of older rounds, "" where it reads none. A turn
    with `sums_up` makes such an answer: of the summary before it, and of the rounds after that up to this one.
    """

    key: ClassVar[tuple[str, ...]] = ("provider", "turn")
    turn: str
    round: int
    step: str
    participant: str
    provider: str
    model: str
    role: str = "participant"
    parameters: dict[str, Any] = {}
    retries: str = ""
    attempt: int = 0
    sees: int = 0
    labels: dict[str, str] = {}
    max_output_tokens: int = 1024
    context_tokens: int = 0
    deadline: datetime
    choices: tuple[str, ...] = ()
    adopted: str = ""
    revise: str = ""
    again: int = 0
    inserted: Step | None = None
    follows: str = ""
    stance: str = ""
    visibility: Visibility = "all"
    summary: str = ""
    sums_up: int = 0
    focus: str = ""

    def once_over(self, debate: str) -> str:
        """A turn is asked once, of whichever provider."""
        return subjects.turn_requests(debate, self.turn)


class RulingRequested(WorkflowFact, frozen=True, kw_only=True):
    """A decision about the course of the debate is wanted of the orchestrator.

    It is about the answers of `turns`; before the debate starts (complexity, workflow) there are none. `subject` names
    what a quality ruling is for (a gate, or a step), `criteria` what each answer is held against.
    """

    key: ClassVar[tuple[str, ...]] = ("ruling",)
    ruling: str
    kind: RulingKind
    round: int
    sees: int
    turns: tuple[str, ...]
    deadline: datetime
    subject: str = ""
    criteria: tuple[str, ...] = ()


class ConsensusReached(WorkflowFact, frozen=True, kw_only=True):
    """The score met the threshold after enough rounds."""

    round: int
    score: float
    ruling: str


class VotesCounted(WorkflowFact, frozen=True, kw_only=True):
    """The arguing of `round` is over, and this is what the definition's protocol makes of the ballots."""

    key: ClassVar[tuple[str, ...]] = ("round",)
    round: int
    tally: Tally


class ParticipantJoined(WorkflowFact, frozen=True, kw_only=True):
    """A seat was added while the debate ran: `who` sits there, resolved, under the number `seat`, which nobody had.

    It takes part from round `since` on, without the steps `missed` of that round; `sees` is the sequence up to which
    it has the debate to read when it comes. `invite` is the key of the request that it honours, `by` whose that was.
    With `replaces` it takes over the seat of that participant, whose position does not count any more.
    """

    key: ClassVar[tuple[str, ...]] = ("seat",)
    seat: int
    who: Seat
    since: int
    missed: tuple[str, ...] = ()
    sees: int = 0
    invite: str = ""
    replaces: str = ""
    by: str = ""
    why: str = ""


class ParticipantLeft(WorkflowFact, frozen=True, kw_only=True):
    """A seat is empty: every model that could have spoken for it is out of reach, or somebody dismissed or replaced it.

    `dismissal` is the key of the request that it honours, `by` whose that was, or whose the invitation of another in
    its place: then its position does not count any more.
    """

    key: ClassVar[tuple[str, ...]] = ("seat",)
    seat: int
    participant: str
    why: str
    dismissal: str = ""
    by: str = ""


class DebateChanged(WorkflowFact, frozen=True, kw_only=True):
    """The debate goes on under other terms. `number` counts its changes, from 1; what is None stays as it was.

    `change` is the key of the request that it honours, `by` whose that was, `round` the one in which it was made (0:
    before the first). `tail` is another definition, named `workflow`, resolved: its steps, rules, gates and protocol
    run from the next round on, and its steps after the arguing in any case.
    """

    key: ClassVar[tuple[str, ...]] = ("number",)
    number: int
    change: str = ""
    round: int = 0
    max_rounds: int | None = None
    min_rounds: int | None = None
    consensus_threshold: float | None = None
    max_execution_s: float | None = None
    budget_usd: Decimal | None = None
    workflow: str = ""
    tail: Flow | None = None
    tail_digest: str = ""
    by: str = ""
    why: str = ""


class StepTimedOut(WorkflowFact, frozen=True, kw_only=True):
    """The step's deadline passed. `turns` (or the ruling) named here are given up: a late answer is kept
    and not counted.

    `step` is the definition's; `<step>-again-<n>` of a step that a rule or a gate had asked once more; `complexity`, in
    round 0, of the question how complex the debate's is. Of a human ruling, no turn is named: it is the wait that ends.
    """

    key: ClassVar[tuple[str, ...]] = ("round", "step")
    round: int
    step: str
    turns: tuple[str, ...]


class DebateTimeoutOccurred(WorkflowFact, frozen=True, kw_only=True):
    """The whole debate ran longer than its definition allows. `turns`, and rulings, were open and are given up."""

    after_s: float
    turns: tuple[str, ...] = ()


class DebatePaused(WorkflowFact, frozen=True, kw_only=True):
    """Nothing new is asked until DebateResumed. `number` counts the pauses of a debate, from 1.

    `pause` is the key of the request that it honours, `by` whose that was, `since` from when on the time does
    not count. `turns` were asked and not answered yet: their calls go on, and their answers are counted. Where nobody
    asked for it, `ruling` is the one whose advice it follows.
    """

    key: ClassVar[tuple[str, ...]] = ("number",)
    number: int
    pause: str = ""
    by: str = ""
    why: str = ""
    since: datetime
    turns: tuple[str, ...] = ()
    ruling: str = ""


class DebateResumed(WorkflowFact, frozen=True, kw_only=True):
    """The debate goes on. `number` is that of the pause that ends, `resume` the key of the request.

    `paused_s` are the seconds that it lasted: the deadline of the whole debate moves by them.
    """

    key: ClassVar[tuple[str, ...]] = ("number",)
    number: int
    resume: str = ""
    by: str = ""
    why: str = ""
    paused_s: float


class RequestRefused(WorkflowFact, frozen=True, kw_only=True):
    """What a client asked for cannot be done. `asked` is the type of its fact, `request` the key of that (`none` for a
    fact without one)."""

    key: ClassVar[tuple[str, ...]] = ("asked", "request")
    request: str
    asked: str
    why: str


class DecisionMade(WorkflowFact, frozen=True, kw_only=True):
    """The decision. `recommendation` is one sentence; `confidence` 0..1 as the deciding seat gave it.

    `rests_on` is the turn whose answer it takes over. `tally` is the vote that adopted it, where one did.
    Where a person has ruled, `ruling` is the key of that HumanRulingGiven and `ruled_by` who it was: then it rests on
    no turn, and `confidence` is 1.
    """

    decision_id: str
    debate_id: str
    decision_type: DecisionType
    question: str
    recommendation: str
    confidence: float = 0.0
    implementation_required: bool = False
    rests_on: str = ""
    tally: Tally | None = None
    ruling: str = ""
    ruled_by: str = ""


class Dissent(Part, frozen=True, kw_only=True):
    """A final position that the decision did not adopt. `why` are the seat's own words, cut to 1000 characters."""

    participant: str
    position: str
    verdict: Verdict | None = None
    choice: str = ""
    why: str = ""


class Participation(Part, frozen=True, kw_only=True):
    """A seat as it took part. `answers` counts its arguments, `failures` its turns that gave none.

    `models` are those that really answered, as `provider/model`.
    """

    participant: str
    models: tuple[str, ...] = ()
    answers: int = 0
    failures: int = 0


class DebateCompleted(WorkflowFact, frozen=True, kw_only=True):
    """The result, for everybody. `consensus` says whether it was reached; `partial` that seats are missing
    from it; `cost_final` that every call is priced in `cost_usd`. `choice` is the request's option that the
    decision takes, "" where it takes none or none were given. `tally` is the vote that adopted it, where one did.
    `ruled_by` is the person who ruled, where one did; then `rationale` is that person's why."""

    debate_id: str
    topic: str
    decision: str
    rationale: str
    decision_id: str
    decision_type: DecisionType
    winner: str = ""
    choice: str = ""
    consensus: bool
    summary: str
    dissent: tuple[Dissent, ...] = ()
    rounds: int
    stop_reason: StopReason
    stop_detail: str = ""
    partial: bool
    cost_usd: Decimal
    cost_final: bool
    participants: tuple[Participation, ...] = ()
    tally: Tally | None = None
    ruled_by: str = ""


class DebateCancelled(WorkflowFact, frozen=True, kw_only=True):
    """Somebody aborted the debate."""

    stop_reason: StopReason = "abort"
    by: str = ""
    why: str = ""


class DebateFailed(WorkflowFact, frozen=True, kw_only=True):
    """No decision could be reached, and why. `tally` is the vote that adopted nothing, where there was one."""

    stop_reason: StopReason
    why: str
    tally: Tally | None = None


class PromptKept(WorkflowFact, frozen=True, kw_only=True):
    """A prompt template, kept under its digest (`sha256`, 64 hex digits) for as long as the log."""

    key: ClassVar[tuple[str, ...]] = ("digest",)
    digest: str
    text: str


FACTS: tuple[type[WorkflowFact], ...] = (
    DebateStarted,
    DebateRejected,
    RoundStarted,
    SpendRequested,
    TurnRequested,
    RulingRequested,
    ConsensusReached,
    VotesCounted,
    ParticipantJoined,
    ParticipantLeft,
    DebateChanged,
    StepTimedOut,
    DebateTimeoutOccurred,
    DebatePaused,
    DebateResumed,
    RequestRefused,
    DecisionMade,
    DebateCompleted,
    DebateCancelled,
    DebateFailed,
    PromptKept,
)
