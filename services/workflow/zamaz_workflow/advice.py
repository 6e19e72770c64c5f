"""How to go on after a round, where the definition lets the orchestrator advise: what is asked of it, and what is done.

It is asked where a round is over without a consensus and another would follow. What becomes of it is MoveTaken, once a
round: an advice that nobody gave in time, that nobody was sure of, or that the definition does not allow, changes
nothing and says why. What comes later finds the move of the round taken.
"""

from __future__ import annotations

from collections.abc import Mapping

from zamaz.events import Fact
from zamaz.events.client import DebateRequested
from zamaz.events.course import MoveTaken
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Adaptation, Move, Step
from zamaz.events.orchestration import NextMoveAdvised
from zamaz.events.workflow import DebatePaused, DebateStarted, RoundStarted
from zamaz_workflow import remedies, rulings
from zamaz_workflow.debate import Debate
from zamaz_workflow.rules import NOBODY
from zamaz_workflow.rulings import Wanted
from zamaz_workflow.turns import Moment

ADVISING = Step(id="next_move", type="consensus_check", timeout_s=30.0)
"""How long an advice is waited for."""
ENDS: tuple[Move, ...] = ("complete", "escalate")
"""Moves after which nothing more is argued."""
ADVISER, QUESTION_SHOWN = "the orchestrator", 200


def next_round(d: Debate, start: DebateStarted, held: Mapping[str, ArgumentPresented], moment: Moment) -> list[Fact]:
    """What stands between a round that is over, with the positions `held`, and the next ([]: it waits); then that."""
    taken = d.moves.get(d.rounds)
    if taken is None and start.flow.adaptation:
        return _taken(d, start, start.flow.adaptation, held, moment)
    if taken and taken.move == "pause" and not taken.void and taken.ruling not in d.held:
        why = taken.why or "the orchestrator advises it"
        return [DebatePaused(number=d.pauses + 1, by=ADVISER, why=why, since=moment.now, ruling=taken.ruling)]
    return [RoundStarted(round=d.rounds + 1, focus=taken.focus if taken else "")]


def ending(d: Debate) -> MoveTaken | None:
    """The move that ends the arguing with the current round."""
    taken = d.moves.get(d.rounds)
    return taken if taken and taken.move in ENDS and not taken.void else None


def because(taken: MoveTaken) -> str:
    """Why the arguing ends with a move, in a clause."""
    why = f": {taken.why}" if taken.why else ""
    if taken.move == "escalate":
        return f"the orchestrator leaves it to a person{why}"
    chance = taken.consensus_chance
    told = "" if chance is None else f" (the chance of a consensus in it was put at {chance:.0%})"
    return f"another round was unlikely to change anything{told}{why}"


def _taken(
    d: Debate, start: DebateStarted, adaptation: Adaptation, held: Mapping[str, ArgumentPresented], moment: Moment
) -> list[Fact]:
    """The advice that is wanted; once it is there, or does not come, the move."""
    of = tuple(argument.turn for argument in held.values())
    wanted = Wanted("next_move", f"next_move/{d.rounds}", d.rounds, ADVISING, of)
    advised = rulings.given(d, wanted, d.advised)
    if advised:
        return [_move(d, start, adaptation, advised)]
    outcome = rulings.ask(d, wanted, moment)
    if outcome.said or outcome.open:
        return list(outcome.said)
    late = rulings.asked(d, wanted)[-1].ruling
    return [MoveTaken(round=d.rounds, ruling=late, move="continue", void="nobody advised in time")]


def _move(d: Debate, start: DebateStarted, adaptation: Adaptation, advised: NextMoveAdvised) -> MoveTaken:
    void, why = _void(d, start, adaptation, advised), advised.why
    if advised.move == "complete" and not void:
        owed = remedies.owed(d, start, adaptation, advised.observed)
        void = f"what was observed of {owed} is answered first" if owed else ""
        why = why if owed else "; ".join(filter(None, (why, *remedies.in_vain(d, adaptation, advised.observed))))
    goes_on = advised.move not in ENDS or bool(void)
    answers = remedies.answers(adaptation, advised.observed) if goes_on else frozenset()
    focus = advised.focus.strip() if advised.move == "redirect" and not void else ""
    if "redirect" in answers:
        focus = focus or _question(d)
    return MoveTaken(
        round=d.rounds,
        ruling=advised.ruling,
        move=advised.move,
        focus=focus,
        inserted=remedies.against(d, start) if remedies.ADVOCATE in answers else None,
        consensus_chance=advised.consensus_chance,
        why=why,
        void=void,
    )


def _void(d: Debate, start: DebateStarted, adaptation: Adaptation, advised: NextMoveAdvised) -> str:
    """Why an advice changes nothing here, "" where it does, or is to go on."""
    if advised.rung == NOBODY:
        return "nobody could say"
    if advised.move == "continue":
        return ""
    if advised.move not in adaptation.moves:
        return "the definition does not allow it"
    if advised.move in ENDS and d.rounds < start.flow.min_rounds:
        return f"at least {start.flow.min_rounds} rounds are wanted"
    if advised.move == "redirect" and not advised.focus.strip():
        return "it does not say to what"
    return ""


def _question(d: Debate) -> str:
    """The question, as far as a focus has room for it."""
    asked = " ".join(d.request.question.split()) if isinstance(d.request, DebateRequested) else ""
    return asked if len(asked) <= QUESTION_SHOWN else f"{asked[: QUESTION_SHOWN - 1]}…"
