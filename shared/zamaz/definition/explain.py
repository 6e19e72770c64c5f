"""A workflow in plain words: who is asked what, in which order, when it stops, how many calls it may take.

Pure, and out of the resolved flow: the same that DebateStarted records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from zamaz.definition.explain_vote import vote_lines
from zamaz.definition.models import ModelsFile
from zamaz.definition.steps import TURN_STEPS
from zamaz.definition.workflow import WorkflowFile
from zamaz.errors import DefinitionError
from zamaz.events.flow import Flow, RungSetting, Seat, Step
from zamaz.events.voting import JUDGE_ROLE

FREE_RUNG = "rules"
UNNAMED = "(as A, B, …: no names)"


@dataclass(frozen=True)
class Plan:
    """What a debate by one definition runs on. `ladder` are the rungs of consensus rulings."""

    flow: Flow
    seats: tuple[Seat, ...]
    reserves: tuple[Seat, ...] = ()
    ladder: tuple[RungSetting, ...] = ()
    description: str = ""

    @property
    def turn_steps(self) -> tuple[Step, ...]:
        """The steps in which everybody argues."""
        return tuple(step for step in self.flow.steps if step.type in TURN_STEPS)

    @property
    def later_steps(self) -> tuple[Step, ...]:
        """Those of the second round and after: initial arguments are left out where there are others."""
        return tuple(step for step in self.turn_steps if step.type != "initial_arguments") or self.turn_steps

    @property
    def check(self) -> Step | None:
        """The step that measures consensus."""
        return next((step for step in self.flow.steps if step.type == "consensus_check"), None)

    @property
    def vote(self) -> Step | None:
        """The step that asks for votes."""
        return next((step for step in self.flow.steps if step.type == "vote"), None)

    @property
    def judge(self) -> Seat | None:
        """Who stands outside the panel."""
        judges = (seat for seat in self.seats if seat.role == JUDGE_ROLE)
        return next(judges, None) if self.flow.protocol.has_judge else None

    @property
    def panel(self) -> tuple[Seat, ...]:
        """Who argues and votes."""
        return tuple(seat for seat in self.seats if seat != self.judge)

    @property
    def tie_rounds(self) -> int:
        """How many rounds a tie may add."""
        return int(self.flow.protocol.tie == "another_round")

    @property
    def decision(self) -> Step:
        """The last step."""
        return self.flow.steps[-1]

    @property
    def rounds(self) -> int:
        """How many rounds there may be; 0 where nobody argues."""
        return self.flow.max_rounds if self.turn_steps else 0

    @property
    def decider(self) -> Seat:
        """Who decides, or words what is adopted."""
        if self.judge and self.flow.protocol.name == "judge":
            return self.judge
        return next((seat for seat in self.seats if seat.participant == self.flow.decided_by), self.panel[0])

    @property
    def quorum(self) -> int:
        """How many positions, or votes, it takes."""
        return max(2, ceil(round(self.flow.protocol.quorum * len(self.panel), 9)))


def plan_of(workflow: WorkflowFile, models: ModelsFile, ladder: tuple[RungSetting, ...], file: str = "") -> Plan:
    """The plan of a definition whose participants can all be reached. Raises DefinitionError for unknown ones."""
    seats: list[Seat] = []
    reserves: list[Seat] = []
    for participant in workflow.participants:
        model = models.resolve(participant.model)
        if model is None:
            unknown = f"{participant.model!r} is neither an alias of models.yaml nor provider/model"
            raise DefinitionError(file or workflow.id, 0, "participants", unknown)
        name = participant.name or participant.model
        seat = Seat(participant=name, provider=model.provider, model=model.model, role=participant.role)
        (reserves if participant.reserve else seats).append(seat)
    return Plan(workflow.flow(), tuple(seats), tuple(reserves), ladder, workflow.description)


@dataclass(frozen=True)
class Calls:
    """Calls of participants' models: with the earliest consensus, with all rounds, and with every retry and reserve
    in all rounds. `rulings` are asked at most, with `judges` small models at most each."""

    fewest: int
    all_rounds: int
    most: int
    rulings: int = 0
    judges: int = 0


def calls(plan: Plan) -> Calls:
    """How many calls a debate may take."""
    soonest = plan.flow.min_rounds if plan.check else plan.flow.max_rounds
    rounds = plan.rounds + plan.tie_rounds
    votes = (plan.vote,) if plan.vote else ()
    worst = (*_steps(plan, rounds), *votes * (1 + plan.tie_rounds))
    quick = _steps(plan, min(soonest, plan.rounds)) + (() if plan.check else votes)
    deciders = [plan.decider, *([plan.judge] if plan.judge else [])]
    return Calls(
        fewest=len(plan.panel) * len(quick) + 1,
        all_rounds=len(plan.panel) * len(_steps(plan, plan.rounds) + votes) + 1,
        most=sum(_tries(plan, step, seat) for step in worst for seat in plan.panel)
        + max(_tries(plan, plan.decision, seat) for seat in deciders),
        rulings=rounds if plan.check else 0,
        judges=sum(rung.rung != FREE_RUNG for rung in plan.ladder),
    )


def _steps(plan: Plan, rounds: int) -> tuple[Step, ...]:
    """The turn steps of so many rounds, one after the other."""
    return (plan.turn_steps + plan.later_steps * (rounds - 1)) if rounds else ()


def _tries(plan: Plan, step: Step, seat: Seat) -> int:
    """The own model first and again, then each reserve once."""
    others = {(reserve.provider, reserve.model) for reserve in plan.reserves} - {(seat.provider, seat.model)}
    return 1 + step.max_retries + len(others)


def longest_s(plan: Plan) -> float:
    """Seconds that all its steps may take together, retries included. A limit of its own may end it sooner."""
    most = plan.rounds + plan.tie_rounds
    rounds = sum(step.timeout_s for step in _steps(plan, most))
    checks = plan.check.timeout_s * most if plan.check else 0.0
    votes = plan.vote.timeout_s * (1 + plan.tie_rounds) if plan.vote else 0.0
    return rounds + checks + votes + plan.decision.timeout_s


def explain(plan: Plan) -> str:
    """The plan in plain words, lines of text without markup."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    yield plan.flow.id + (f": {plan.description}" if plan.description else "")
    yield from _who(plan)
    if plan.turn_steps:
        yield from _round(plan, "Round 1", plan.turn_steps, first=True)
    if plan.rounds > 1:
        name = "Round 2" if plan.rounds == 2 else f"Rounds 2 to {plan.rounds}"
        yield from _round(plan, name, plan.later_steps, first=False)
    if plan.flow.protocol.name != "consensus":
        yield from ("", "Vote" if plan.flow.protocol.name != "judge" else "Judge", *_vote(plan))
    yield from ("", "Decision", *_decision(plan))
    if plan.check:
        yield from ("", "Consensus", *_consensus(plan))
    yield from ("", "It stops", *(f"  - {reason}" for reason in _stops(plan)))
    yield from ("", "Calls of models", *(f"  - {line}" for line in _counted(plan)))


def _who(plan: Plan) -> Iterator[str]:
    yield from ("", "Seats")
    for n, seat in enumerate(plan.seats, 1):
        role = f", {seat.role}" if seat.role != "participant" else ""
        yield f"  {n}. {seat.participant} ({seat.provider}/{seat.model}{role})"
    for reserve in plan.reserves:
        yield f"  in reserve: {reserve.participant} ({reserve.provider}/{reserve.model})"


def _round(plan: Plan, name: str, steps: tuple[Step, ...], *, first: bool) -> Iterator[str]:
    yield from ("", name)
    for n, step in enumerate(steps, 1):
        sees = "without seeing each other" if first and n == 1 else f"seeing what the others said last {UNNAMED}"
        yield f"  {n}. {step.id}: {_all(plan)} at once, {sees}"
        yield from _asked(plan, step)
    if plan.check:
        yield f"  {len(steps) + 1}. {plan.check.id}: how far do they agree? (at most {duration(plan.check.timeout_s)})"


def _all(plan: Plan) -> str:
    return "both" if len(plan.panel) == 2 else f"all {len(plan.panel)}"


def _vote(plan: Plan) -> Iterator[str]:
    judge = plan.judge.participant if plan.judge else ""
    asked = plan.vote.id if plan.vote else ""
    yield from vote_lines(plan.flow.protocol, seats=len(plan.panel), quorum=plan.quorum, judge=judge, asked=asked)
    if plan.vote:
        yield f"  {plan.vote.id}: {_all(plan)} at once, on the options or the positions {UNNAMED}, unseen by the others"
        yield from _asked(plan, plan.vote)


def _decision(plan: Plan) -> Iterator[str]:
    sees = f"seeing what each said last {UNNAMED}" if plan.turn_steps else "alone"
    does = "decides" if plan.flow.protocol.name in ("consensus", "judge") else "words what is adopted, or agreed on"
    yield f"  {plan.decision.id}: {plan.decider.participant} {does}, {sees}"
    yield from _asked(plan, plan.decision)


def _asked(plan: Plan, step: Step) -> Iterator[str]:
    tries = f"{step.max_retries + 1} tries" if step.max_retries else "1 try"
    then = ", then the reserves once each" if plan.reserves else ""
    yield f"     at most {duration(step.timeout_s)}; {tries} of each model{then}"
    if step.instruction:
        yield f'     "{" ".join(step.instruction.split())}"'


def _consensus(plan: Plan) -> Iterator[str]:
    yield "  The score is the mean over every pair of seats, each way: agrees 1, partly 0.5, disagrees 0. With"
    yield "  different verdicts a pair counts 0.5 at most. Who gave no position is left out."
    yield f"  From {plan.flow.consensus_threshold:g} on it is a consensus; it takes {plan.quorum} positions."
    if plan.flow.min_rounds > 1:
        yield f"  Before round {plan.flow.min_rounds} it does not count."
    yield "  Who rules, each where the one before is not sure enough:"
    yield from (f"  {n}. {_rung(rung)}" for n, rung in enumerate(plan.ladder, 1))


def _rung(rung: RungSetting) -> str:
    who = "rules (free)" if rung.rung == FREE_RUNG else f"{rung.rung} ({rung.model})" if rung.model else rung.rung
    return f"{who}, from {rung.threshold:.0%} sure on"


def _stops(plan: Plan) -> Iterator[str]:
    if not plan.turn_steps:
        yield "with the answer: there is no debate"
    elif plan.check:
        more = ", one more at a tie" if plan.tie_rounds else ""
        yield f"by consensus, or after {_rounds(plan.rounds)} without one{more}"
    else:
        yield f"after {_rounds(plan.rounds)}: consensus is not measured"
    if plan.turn_steps:
        ends = "decides on what it has, or fails" if plan.flow.protocol.name == "consensus" else "fails"
        yield f"when fewer than {plan.quorum} seats can still speak: it {ends}"
    else:
        yield "when nobody can answer: it fails"
    whole, limit = longest_s(plan), plan.flow.max_execution_s
    if limit is not None and limit < whole:
        yield f"after {duration(limit)}, paused time not counted: it decides on what it has then, or fails"
    else:
        yield f"after {duration(whole)} at the latest, retries included and paused time not counted"
    yield "when somebody aborts it"


def _counted(plan: Plan) -> Iterator[str]:
    count = calls(plan)
    if count.fewest != count.all_rounds:
        yield f"{count.fewest} with a consensus in round {plan.flow.min_rounds}"
    yield f"{count.all_rounds} if every model answers" + (" and all rounds are needed" if plan.rounds > 1 else "")
    yield f"{count.most} at most, if every try but the last fails"
    if count.rulings:
        small = f", each of at most {count.judges} small models" if count.judges else ", each for free"
        yield f"besides, {count.rulings} ruling{'s' if count.rulings > 1 else ''} on consensus at most{small}"


def _rounds(number: int) -> str:
    return f"{number} round{'s' if number != 1 else ''}"


def duration(seconds: float) -> str:
    """`45 s`, `1 min 30 s` or `1 h`, without losing a second."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{number:g} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (left, "s")) if number]
    return " ".join(parts) or "0 s"
