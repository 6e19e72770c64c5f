"""What a definition does about what the orchestrator observed between rounds, and how often that goes before an end.

Whoever is off the question, or gives in, is no sign that more rounds are of no use, as long as nothing was done about
it. So an answer goes before `complete`, Adaptation{tries} times for each participant and what was observed of it: a
debate is drawn out by no more rounds than that, and ends where the answer has changed nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from zamaz.events.flow import Adaptation, Response, Step
from zamaz.events.orchestration import Observation
from zamaz.events.workflow import DebateStarted
from zamaz_workflow import rounds, standing
from zamaz_workflow.debate import Debate

ADVOCATE: Literal["devils_advocate"] = "devils_advocate"
_TOLD: Mapping[Response, str] = {"redirect": "a redirect to the question", ADVOCATE: "a devil's advocate"}
Observed = tuple[Observation, ...]


def answers(adaptation: Adaptation, observed: Observed) -> frozenset[Response]:
    """What the definition does about all that was observed."""
    return frozenset(_answer(adaptation, one) for one in observed)


def owed(d: Debate, start: DebateStarted, adaptation: Adaptation, observed: Observed) -> str:
    """Of whom something was observed about which more is to be tried, by comma, "" where that is nobody."""
    able = {"redirect": True, ADVOCATE: against(d, start) is not None, "nothing": False}
    left = (one for one in observed if able[_answer(adaptation, one)] and _is_open(d, adaptation, one))
    return ", ".join(dict.fromkeys(one.participant for one in left))


def in_vain(d: Debate, adaptation: Adaptation, observed: Observed) -> Iterator[str]:
    """What was tried about what is observed all the same, a clause each."""
    for one in observed if adaptation.tries else ():
        answer = _answer(adaptation, one)
        if tried := _tried(d, one, answer):
            yield f"{_TOLD[answer]} was tried for {one.participant} in round {max(tried)}"


def against(d: Debate, start: DebateStarted) -> Step | None:
    """A devil's advocate for the next round; None where its definition has one in every round."""
    passed = rounds.steps_of_round(standing.flow_of(d, d.rounds + 1), d.rounds + 1)
    if any(step.type == ADVOCATE for step in passed):
        return None
    like = rounds.turn_steps(start.flow)[0]
    name = f"devils-advocate-by-move-{d.rounds}"
    return Step(id=name, type=ADVOCATE, timeout_s=like.timeout_s, max_retries=like.max_retries)


def _answer(adaptation: Adaptation, one: Observation) -> Response:
    return adaptation.on_drift if one.of == "drift" else adaptation.on_sycophancy


def _is_open(d: Debate, adaptation: Adaptation, one: Observation) -> bool:
    return len(_tried(d, one, _answer(adaptation, one))) < adaptation.tries


def _tried(d: Debate, one: Observation, answer: Response) -> list[int]:
    """The rounds that an answer to the same observation of the same participant has begun."""
    return [
        round_ + 1
        for round_, taken in d.moves.items()
        if round_ < d.rounds
        and (taken.focus if answer == "redirect" else taken.inserted)
        and (advised := d.advised.get(taken.ruling))
        and any(_alike(one, other) for other in advised.observed)
    ]


def _alike(one: Observation, other: Observation) -> bool:
    """Both of the same participant, and both off the question, or both without an argument."""
    return one.participant == other.participant and (one.of == "drift") == (other.of == "drift")
