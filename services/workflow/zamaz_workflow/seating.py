"""Who sits at the table: from a request, the definitions and what can be reached, to a start or a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from zamaz.alive import Reach, out_of_reach, reaching
from zamaz.definition import Catalog, ParticipantSpec, WorkflowFile, digest
from zamaz.definition.participants import unique
from zamaz.definition.steps import ARGUED
from zamaz.definition.who import among
from zamaz.events import Fact, Malformed
from zamaz.events.client import MAX_CONTEXT_BYTES, MAX_QUESTION_BYTES, DebateRequested
from zamaz.events.flow import DecisionType, Earlier, Flow, RungSetting, Seat
from zamaz.events.spending import Spending
from zamaz.events.voting import JUDGE_ROLE
from zamaz.events.workflow import DebateRejected, DebateStarted, RejectionReason
from zamaz.requests import check_options
from zamaz.selecting import AUTO
from zamaz.subjects import is_kept
from zamaz_workflow import allowance, choosing, panel
from zamaz_workflow.debate import Debate

PATIENCE = timedelta(seconds=10)
"""How long a request waits for a debater that says what it can reach."""
MAX_SEATS = 24
MOST_ARGUING = 12
"""Of those who argue at a time, once a debate runs."""
MAX_NAME = 200
MAX_WHY = 2000
UNSEEN = "no debater told what it can reach, so it is as the definition names it"


Before = tuple[Earlier, ...]
"""Decisions that stood before, the newest last."""


@dataclass(frozen=True)
class World:
    """What decide gets besides the state. `reach` is {} while no debater is known to live, as could be seen
    since `since`. `before` is None while it is not known yet."""

    now: datetime
    catalog: Catalog
    reach: Mapping[str, Reach]
    since: datetime
    default_workflow: str = "simple_debate"
    before: Mapping[DecisionType, Before] | None = None


class Rejection(Exception):
    """The request cannot become a debate; carries the fact that says why."""

    def __init__(self, reason: RejectionReason, why: str) -> None:
        super().__init__(why)
        self.fact = DebateRejected(reason=reason, why=why[:MAX_WHY])


@dataclass(frozen=True)
class Table:
    """Seats, reserves, and why it is these."""

    seats: tuple[Seat, ...]
    reserves: tuple[Seat, ...] = ()
    because: str = ""


def opening(d: Debate, sees: int, world: World) -> list[Fact]:
    """DebateStarted or DebateRejected, and before it, where the request leaves the workflow open, the rulings that
    choose one; nothing while it is not known yet what is chosen, or what can be reached."""
    try:
        request = _checked(d)
        if choosing.is_open(request):
            if questions := choosing.questions(d, sees, world.now):
                return questions
            if choosing.waits(d, world.now):
                return []
        workflow, chosen_because = _workflow(d, request, world)
        flow = workflow.flow()
        if not world.reach and world.now < patient_until(d, world):
            return []
        if flow.novel and world.before is None:
            return []
        table = _table(request, workflow, world)
        flow = among(flow, {seat.participant for seat in (*table.seats, *table.reserves)})
        _fits(flow, table)
        flow, because = _summed_up(flow, table, request, workflow, world)
        ladder = world.catalog.ladder(reaching(world.reach))
        everybody = (*table.seats, *table.reserves, *filter(None, [flow.context.by]))
        spending = spending_of(request, everybody, ladder, world)
    except Rejection as rejection:
        return [rejection.fact]
    return [
        DebateStarted(
            workflow=workflow.id,
            flow=flow,
            flow_digest=digest(flow),
            seats=table.seats,
            reserves=table.reserves,
            ladder=ladder,
            prompts=world.catalog.prompt_digests(),
            seated_because="; ".join(filter(None, (chosen_because, table.because, because))),
            complexity=choosing.complexity(d),
            spending=spending,
            earlier=_earlier(workflow, world),
        )
    ]


def _earlier(workflow: WorkflowFile, world: World) -> Before:
    """What the decision must not repeat, the newest last."""
    novelty, before = workflow.config.novelty, (world.before or {}).get(workflow.decision_type, ())
    return before[-novelty.earlier :] if novelty else ()


def patient_until(d: Debate, world: World) -> datetime:
    """Until when a request waits for a debater that tells what it can reach."""
    return max(d.requested_at or world.since, world.since) + PATIENCE


def _checked(d: Debate) -> DebateRequested:
    request = d.request
    if is_kept(d.id):
        raise Rejection("malformed", f"the id {d.id!r} is kept for prompt templates, budgets and alerts: take another")
    if d.erased:
        raise Rejection("erased", f"a debate that was erased stood under the id {d.id!r}: take another")
    if d.imported:
        raise Rejection("malformed", f"an imported debate stands under the id {d.id!r}: take another")
    if isinstance(request, Malformed) and request.subject.endswith(".DebateForked"):
        raise Rejection("bad_fork", request.why)
    if request is None or isinstance(request, Malformed):
        raise Rejection("malformed", f"the request cannot be read: {request.why if request else 'there is none'}")
    if not request.question.strip():
        raise Rejection("malformed", "the question is empty")
    size = len(request.question.encode())
    if size > MAX_QUESTION_BYTES:
        raise Rejection("too_large", f"the question has {size} bytes, at most {MAX_QUESTION_BYTES} are taken")
    if d.context_bytes > MAX_CONTEXT_BYTES:
        raise Rejection("too_large", f"the context has {d.context_bytes} bytes, at most {MAX_CONTEXT_BYTES} are taken")
    if any(len(name) > MAX_NAME for name in (request.workflow, *request.participants)):
        raise Rejection("malformed", f"the name of a workflow or participant has more than {MAX_NAME} characters")
    try:
        check_options(request.options)
    except ValueError as error:
        raise Rejection("bad_options", str(error)) from error
    return request


def spending_of(
    request: DebateRequested, seats: Iterable[Seat], ladder: Mapping[str, tuple[RungSetting, ...]], world: World
) -> Spending | None:
    """Under which budgets these seats sit. Raises Rejection."""
    rungs = (rung for rungs in ladder.values() for rung in rungs)
    try:
        return allowance.spending(request.budget_usd, request.requester, seats, rungs, world.catalog)
    except ValueError as error:
        raise Rejection("bad_budget", str(error)) from error


def _workflow(d: Debate, request: DebateRequested, world: World) -> tuple[WorkflowFile, str]:
    """The workflow, and why it was chosen where the request leaves that open."""
    wanted, because = request.workflow or world.default_workflow, ""
    if choosing.is_open(request):
        wanted, because = choosing.chosen(d, request, world.catalog.workflows, world.default_workflow)
    found = world.catalog.workflows.get(wanted)
    if found is None:
        known = ", ".join(sorted(world.catalog.workflows))
        raise Rejection("unknown_workflow", f"there is no workflow {wanted!r}; known are: {known}, or {AUTO}")
    return found, because


def _table(request: DebateRequested, workflow: WorkflowFile, world: World) -> Table:
    if request.participants:
        asked = tuple(ParticipantSpec(model=alias) for alias in request.participants)
        return _demanded(asked, "the request names the participants", world)
    holders = tuple(p for p in workflow.participants if not p.reserve)
    if request.workflow and not choosing.is_open(request):
        table = _demanded(holders, f"workflow {workflow.id} names the participants", world)
    elif _all_reachable(holders, world):
        told = f"all participants of {workflow.id} can be reached"
        table = Table(seats(holders, world), because=told if world.reach else UNSEEN)
    else:
        return _reseated(world)
    reserves = tuple(p for p in workflow.participants if p.reserve)
    reachable = tuple(p for p in reserves if not missing(p.model, world))
    return Table(table.seats, seats(reachable, world), table.because)


def outright(spec: ParticipantSpec, world: World) -> Seat:
    """The seat of a participant that is named outright. Raises Rejection."""
    return _demanded((spec,), "", world).seats[0]


def _demanded(specs: tuple[ParticipantSpec, ...], because: str, world: World) -> Table:
    if len(specs) > MAX_SEATS:
        raise Rejection("wrong_seats", f"{len(specs)} participants are more than {MAX_SEATS}")
    seated = seats(specs, world)
    for spec in specs:
        if world.reach and (lacking := missing(spec.model, world)):
            raise Rejection("unreachable_participant", f"{spec.model} cannot be reached: {lacking}")
    return Table(seated, because=because)


def _reseated(world: World) -> Table:
    """Two seats of whatever can be reached, in the order of models.yaml."""
    reachable = [alias for alias in world.catalog.models.models if not missing(alias, world)]
    if not reachable:
        whys = sorted({f"{provider}: {reach.why}" for provider, reach in world.reach.items() if not reach.ok})
        raise Rejection("unreachable_participant", "no model can be reached: " + ("; ".join(whys) or "no debater runs"))
    two = (reachable * 2)[:2] if len(reachable) == 1 else reachable[:2]
    specs = tuple(ParticipantSpec(model=alias) for alias in two)
    only = " (the only model that can be reached)" if len(reachable) == 1 else ""
    return Table(seats(specs, world), because=f"seated with what can be reached: {', '.join(two)}{only}")


def _summed_up(
    flow: Flow, table: Table, request: DebateRequested, workflow: WorkflowFile, world: World
) -> tuple[Flow, str]:
    """The definition with the seat that makes its summaries. Where that cannot be reached and nobody has named the
    workflow, the newest rounds must do, and it is said why. Raises Rejection."""
    alias = workflow.config.context.by
    if not alias:
        return flow, ""
    (by,) = seats((ParticipantSpec(model=alias),), world, (s.participant for s in (*table.seats, *table.reserves)))
    if world.reach and (lacking := missing(alias, world)):
        told = f"{alias}, who sums up the rounds of workflow {workflow.id}, cannot be reached: {lacking}"
        if request.workflow and not choosing.is_open(request):
            raise Rejection("unreachable_participant", told)
        return replace(flow, context=replace(flow.context, mode="window")), f"{told}: the newest rounds are shown alone"
    return replace(flow, context=replace(flow.context, by=by)), ""


def _all_reachable(specs: tuple[ParticipantSpec, ...], world: World) -> bool:
    return not world.reach or not any(missing(spec.model, world) for spec in specs)


def missing(alias: str, world: World) -> str:
    """Why a model cannot be reached now, or ""."""
    model = world.catalog.models.resolve(alias)
    if model is None:
        return "no such alias or provider in models.yaml"
    return out_of_reach(world.reach, model.provider, model.model)


def seats(specs: tuple[ParticipantSpec, ...], world: World, taken: Iterable[str] = ()) -> tuple[Seat, ...]:
    """The seats of these participants, each under a name that nobody has. Raises Rejection for an unknown model."""
    made: list[Seat] = []
    names = set(taken)
    for spec in specs:
        model = world.catalog.models.resolve(spec.model)
        if model is None:
            known = ", ".join(world.catalog.models.models)
            raise Rejection(
                "unknown_participant", f"there is no participant {spec.model!r}; known are: {known}, or provider/model"
            )
        name = unique(spec.called, names)
        names.add(name)
        made.append(
            Seat(
                participant=name,
                provider=model.provider,
                model=model.model,
                role=spec.role,
                parameters=model.parameters,
                max_output_tokens=model.max_output_tokens,
                context_tokens=model.context_tokens,
                stance=spec.stance,
                side=spec.side,
                visibility=spec.visibility,
            )
        )
    return tuple(made)


def _fits(flow: Flow, table: Table) -> None:
    debating = any(step.type in ARGUED for step in flow.steps)
    judges = [seat for seat in table.seats if seat.role == JUDGE_ROLE] if flow.protocol.has_judge else []
    if flow.protocol.has_judge and len(judges) != 1:
        raise Rejection(
            "wrong_seats",
            f"workflow {flow.id} needs a participant with the role {JUDGE_ROLE}: let its own participants debate it",
        )
    if debating and sum(map(panel.holds_position, table.seats)) < 2:
        raise Rejection("wrong_seats", f"workflow {flow.id} is a debate and needs two participants or more who argue")
    if not debating and len(table.seats) != 1:
        raise Rejection("wrong_seats", f"workflow {flow.id} is answered by one participant, not {len(table.seats)}")
    names = [seat.participant for seat in table.seats]
    if flow.decided_by and flow.decided_by not in names:
        raise Rejection("wrong_seats", f"workflow {flow.id} lets {flow.decided_by!r} decide, who has no seat")
