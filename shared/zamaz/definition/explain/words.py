"""The plan of a debate in plain words: seats, rounds, what follows them, rules, when it stops, calls."""

from __future__ import annotations

from collections.abc import Iterator

from zamaz.definition.explain.counting import FREE_RUNG, calls, longest_s
from zamaz.definition.explain.plan import ADVOCATE, OUTSIDE, Plan
from zamaz.definition.explain.reading import reading
from zamaz.definition.explain.ruling import adaptation, gates, rules
from zamaz.definition.explain.units import duration, listed, rounds
from zamaz.definition.explain.voting import vote_lines
from zamaz.events.flow import RungSetting, Seat, Step
from zamaz.events.voting import JUDGE_ROLE

UNNAMED = "(as A, B, …: no names)"
_BESIDE = {
    "moderator": "has no position and no vote",
    ADVOCATE: "argues, and has no position that counts",
    JUDGE_ROLE: "argues and votes not",
    "observer": "is asked nothing that no step asks it",
}
_SIGHT = {
    "own_side": "sees its own side alone",
    "neighbours": "sees its neighbours alone",
    "summary": "sees positions without their reasons",
}


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
    if plan.rounds > 1:
        yield from ("", "What they read", *reading(plan))
    if synthesis := plan.only("synthesis"):
        who = listed([seat.participant for seat in plan.speakers(synthesis)])
        yield from ("", "Synthesis", f"  {synthesis.id}: {who} makes one answer of all", *_asked(plan, synthesis))
    if plan.flow.protocol.name != "consensus":
        yield from ("", "Vote" if plan.flow.protocol.name != "judge" else "Judge", *_vote(plan))
    yield from ("", "Decision", *_decision(plan))
    if plan.check:
        yield from ("", "Consensus", *_consensus(plan))
    if ruled := [*rules(plan), *gates(plan)]:
        yield from ("", "Rules", *ruled)
    if plan.flow.adaptation:
        yield from ("", "Between rounds", *adaptation(plan.flow.adaptation, measured=plan.check is not None))
    yield from ("", "It stops", *(f"  - {reason}" for reason in _stops(plan)))
    yield from ("", "Calls of models", *(f"  - {line}" for line in _counted(plan)))


def _who(plan: Plan) -> Iterator[str]:
    yield from ("", "Seats")
    for n, seat in enumerate(plan.seats, 1):
        yield f"  {n}. {_seat(seat)}"
        if stance := " ".join(seat.stance.split()):
            yield f'     argues for "{stance}", whatever it thinks itself'
    for reserve in plan.reserves:
        yield f"  in reserve: {_seat(reserve)}"
    if not plan.flow.dynamic:
        yield "  Nobody joins, leaves or is replaced while it runs."


def _seat(seat: Seat) -> str:
    role = f", {seat.role.replace('_', ' ')}" if seat.role != "participant" else ""
    told = [f"side {seat.side}"] if seat.side else []
    told += [text for text in (_BESIDE.get(seat.role), _SIGHT.get(seat.visibility)) if text]
    more = f": {'; '.join(told)}" if told else ""
    return f"{seat.participant} ({seat.provider}/{seat.model}{role}){more}"


def _round(plan: Plan, name: str, steps: tuple[Step, ...], *, first: bool) -> Iterator[str]:
    yield from ("", name)
    blind = next((step for step in plan.turn_steps if step.type not in ("devils_advocate", "moderation")), None)
    for n, step in enumerate(steps, 1):
        yield f"  {n}. {step.id}: {_speaking(plan, step)}, {_seeing(step, blind=first and step == blind)}"
        yield from _asked(plan, step)
    if plan.check:
        yield f"  {len(steps) + 1}. {plan.check.id}: how far do they agree? (at most {duration(plan.check.timeout_s)})"


def _speaking(plan: Plan, step: Step) -> str:
    speakers = plan.speakers(step)
    drawn = step.type == "devils_advocate" and not step.who and all(seat.role != ADVOCATE for seat in speakers)
    if drawn:
        return "one, another in each round, against what most hold"
    manner = "one after the other" if step.order == "sequential" else "at once"
    if not step.who and step.type not in ("expert_review", "moderation", "devils_advocate"):
        everybody = tuple(seat for seat in plan.seats if seat.role not in OUTSIDE)
        return f"{_all(len(everybody))} {manner}" if len(everybody) > 1 else "one"
    names = listed([seat.participant for seat in speakers]) or "nobody until a rule seats one"
    return f"{names} {manner}" if len(speakers) > 1 else names


def _seeing(step: Step, *, blind: bool) -> str:
    if not blind:
        return f"seeing what the others said last {UNNAMED}"
    return "each seeing those before it" if step.order == "sequential" else "without seeing each other"


def _all(number: int) -> str:
    return {1: "one", 2: "both"}.get(number, f"all {number}")


def _vote(plan: Plan) -> Iterator[str]:
    judge = plan.judge.participant if plan.judge else ""
    asked = plan.vote.id if plan.vote else ""
    yield from vote_lines(plan.flow.protocol, seats=len(plan.panel), quorum=plan.quorum, judge=judge, asked=asked)
    if plan.vote:
        everybody = f"{_all(len(plan.panel))} at once" if len(plan.panel) > 1 else "one"
        yield f"  {plan.vote.id}: {everybody}, on the options or the positions {UNNAMED}, unseen by the others"
        yield from _asked(plan, plan.vote)


def _decision(plan: Plan) -> Iterator[str]:
    if person := plan.only("human_ruling"):
        wait = f"; after {duration(person.timeout_s)} the debate decides itself" if person.timeout_s else ""
        yield f"  {person.id}: a person is asked, and decides{wait}"
    if plan.decision.needs_consensus:
        yield "  Without a consensus, or a vote that adopts something, a person is asked and decides."
    sees = f"seeing what each said last {UNNAMED}" if plan.turn_steps else "alone"
    does = "decides" if plan.flow.protocol.name in ("consensus", "judge") else "words what is adopted, or agreed on"
    yield f"  {plan.decision.id}: {plan.decider.participant} {does}, {sees}"
    yield from _asked(plan, plan.decision)
    if plan.flow.novel:
        again = "it is decided, as partial," if plan.flow.on_repeat == "complete_partial" else "it is cancelled,"
        yield "  It must be new: it is held against the decisions before it, and goes back once where it repeats one."
        yield f"  Where it does so again, {again} and says what it repeats."


def _asked(plan: Plan, step: Step) -> Iterator[str]:
    tries = f"{step.max_retries + 1} tries" if step.max_retries else "1 try"
    then = ", then the reserves once each" if plan.reserves else ""
    yield f"     at most {duration(step.timeout_s)}; {tries} of each model{then}"
    if step.instruction:
        yield f'     "{" ".join(step.instruction.split())}"'
    if wanted := list(_wanted(step)):
        yield f"     wanted: {'; '.join(wanted)}"


def _wanted(step: Step) -> Iterator[str]:
    conditions = step.conditions
    if conditions.min_length:
        yield f"at least {conditions.min_length} characters"
    if conditions.max_length:
        yield f"at most {conditions.max_length} characters"
    if conditions.sections:
        yield f"the headings {listed(list(conditions.sections))}"
    yield from (demand.replace("_", " ") for demand in conditions.demands)


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
    sure = f", from {rung.threshold:.0%} sure on" if rung.threshold else ", however sure"
    return f"{who}{sure}" + (f"; ${rung.spend_usd:g} a debate at most" if rung.spend_usd else "")


def _stops(plan: Plan) -> Iterator[str]:
    if not plan.turn_steps:
        yield "with the answer: there is no debate"
    elif plan.check:
        more = ", one more at a tie" if plan.tie_rounds else ""
        yield f"by consensus, or after {rounds(plan.rounds)} without one{more}"
    else:
        yield f"after {rounds(plan.rounds)}: consensus is not measured"
    if plan.added_rounds:
        yield f"after {rounds(plan.added_rounds)} more at most, where a rule adds them"
    yield from _failing(plan)
    whole, limit = longest_s(plan), plan.flow.max_execution_s
    if limit is not None and limit < whole:
        yield f"after {duration(limit)}, paused time not counted: it decides on what it has then, or fails"
    else:
        yield f"after {duration(whole)} at the latest, retries included and paused time not counted"
    yield "when somebody aborts it"


def _failing(plan: Plan) -> Iterator[str]:
    if not plan.turn_steps:
        yield "when nobody can answer: it fails"
        return
    ends = "decides on what it has, or fails" if plan.flow.protocol.name == "consensus" else "fails"
    few = f"fewer than {plan.quorum} seats can" if len(plan.panel) >= plan.quorum else "its only seat cannot"
    yield f"when {few} {'still speak' if few.endswith('can') else 'speak any more'}: it {ends}"
    if plan.flow.all_required:
        yield "when one seat cannot speak any more: all are required"


def _counted(plan: Plan) -> Iterator[str]:
    count = calls(plan)
    if count.fewest != count.all_rounds:
        yield f"{count.fewest} with a consensus in round {plan.flow.min_rounds}"
    yield f"{count.all_rounds} if every model answers" + (" and all rounds are needed" if plan.rounds > 1 else "")
    yield f"{count.most} at most, if every try but the last fails" + (
        " and all is done that rules may do" if plan.flow.rules or plan.flow.gates or plan.advocates else ""
    )
    if count.rulings:
        small = f", each of at most {count.judges} models" if count.judges else ", each for free"
        kinds = (
            "" if plan.flow.gates or plan.flow.novel or plan.flow.adaptation or _demanding(plan) else " on consensus"
        )
        yield f"besides, {count.rulings} ruling{'s' if count.rulings > 1 else ''}{kinds} at most{small}"


def _demanding(plan: Plan) -> bool:
    return plan.flow.assess or any(step.conditions.demands for step in plan.flow.steps)
