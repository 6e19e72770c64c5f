"""Rules and gates in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from zamaz.definition.condition import COMPLEXITIES, NAMED
from zamaz.definition.explain.plan import Plan
from zamaz.definition.explain.units import duration, listed, rounds, times
from zamaz.events.flow import Action, Adaptation, Comparison, Move, Response, Rule, Term

_SAID: dict[Comparison, str] = {
    "<": "less than",
    "<=": "at most",
    "==": "exactly",
    "!=": "other than",
    ">=": "at least",
    ">": "more than",
}
_DONE: dict[Action, str] = {
    "skip_to_final_decision": "nothing more is argued, and it is decided",
    "escalate_to_human": "a person is asked, and decides",
    "continue_with_available": "it goes on with those who are there, also where all are required",
    "add_expert_participant": "{target} takes a seat",
    "fallback_participant": "{target} takes the place of who fails",
    "extend_debate": "{amount} more {are} argued",
    "request_clarification": "the panel is asked to clarify {target}",
    "require_revision": "{target} is asked once more, and told why",
    "abort": "the debate is cancelled",
    "complete_partial": "it is decided on what there is, as partial",
}


_MOVES: dict[Move, str] = {
    "continue": "let it go on",
    "redirect": "give the next round something else to argue about",
    "complete": "end the arguing, where another round is unlikely to change anything",
    "pause": "pause it, until somebody resumes it",
    "escalate": "ask a person, who decides",
}
_ANSWERS: dict[Response, str] = {
    "nothing": "nothing is done",
    "redirect": "the next round is led back to the question",
    "devils_advocate": "the next round begins with the case against what most hold",
}


def rules(plan: Plan) -> Iterator[str]:
    """A line for each rule, in the order in which they are looked at, and one for its description."""
    for n, rule in enumerate(plan.flow.rules, 1):
        often = "" if rule.most == 1 else f", {times(rule.most)} at most"
        yield f"  {n}. {_when(rule)}: {_done(rule)}{often}"
        if rule.description:
            yield f'     "{" ".join(rule.description.split())}"'


def gates(plan: Plan) -> Iterator[str]:
    """A line for each gate."""
    for gate in plan.flow.gates:
        done = _DONE[gate.on_failure].format(target=gate.after, amount=rounds(1), are="is")
        criteria = listed([criterion.replace("_", " ") for criterion in gate.criteria])
        yield f"  gate {gate.name}, behind {gate.after}: {criteria}?"
        yield f"     if not, {done}, {times(gate.most)} at most; what nobody can judge counts as met"


def adaptation(allowed: Adaptation, *, measured: bool) -> Iterator[str]:
    """A line for each move that is allowed, and for each answer to what is observed; `measured`: how far they agree."""
    when = "After a round without a consensus" if measured else "After a round"
    yield f"  {when}, the orchestrator is asked how to go on. It may"
    yield from (f"  - {_MOVES[move]}" for move in dict.fromkeys(allowed.moves))
    if not allowed.moves:
        yield "  - change nothing by its advice"
    if allowed.on_sycophancy != "nothing":
        answer = _ANSWERS[allowed.on_sycophancy]
        yield f"  Where somebody gives in, or only agrees once more, without an argument,\n    {answer}."
    if allowed.on_drift != "nothing":
        yield f"  Where somebody argues off the question, {_ANSWERS[allowed.on_drift]}."
    yield "  Where it is not sure, or does not say in time, it goes on as it would have."


def _when(rule: Rule) -> str:
    """The condition; where it is written with a name, with what that stands for."""
    told = " and ".join(_term(term) for term in rule.terms)
    named = [word for word in rule.condition.split() if word in NAMED]
    return f"when {told}" + (f" ({listed(named)})" if named else "")


def _done(rule: Rule) -> str:
    if rule.action in ("add_expert_participant", "fallback_participant") and not rule.target:
        return "nothing is done, because nobody is in reserve"
    are = "are" if rule.amount > 1 else "is"
    return _DONE[rule.action].format(target=rule.target, amount=rounds(rule.amount), are=are)


def _term(term: Term) -> str:
    said = _SAID[term.op]
    match term.of:
        case "consensus":
            return "there is a consensus" if (term.op, term.value) in _REACHED else "there is no consensus"
        case "complexity":
            return f"the question is {said} {COMPLEXITIES[round(term.value) - 1]}"
        case "elapsed_s":
            return f"it has run for {said} {duration(term.value)}"
        case "cost_usd":
            return f"it has cost {said} ${term.value:.2f}"
        case "score":
            return f"the score is {said} {term.value:g}"
        case "rounds":
            return f"{said} {rounds(round(term.value))} {'is' if term.value == 1 else 'are'} over"
        case "rounds_left":
            none, are = (term.op, term.value) in _NONE_LEFT, "is" if term.value == 1 else "are"
            return "no round is left" if none else f"{said} {rounds(round(term.value))} {are} left"
        case "failures" | "timeouts":
            what = "call failed" if term.of == "failures" else "turn was too late"
            return f"a {what}" if (term.op, term.value) in _ANY else f"{said} {term.value:g} {_MANY[term.of]}"


_REACHED = {("==", 1), (">=", 1), (">", 0), ("!=", 0)}
_NONE_LEFT = {("<=", 0), ("==", 0), ("<", 1)}
_ANY = {(">", 0), (">=", 1), ("!=", 0)}
_MANY = {"failures": "calls failed", "timeouts": "turns were too late"}
