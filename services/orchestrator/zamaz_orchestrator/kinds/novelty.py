"""Does a proposal repeat an earlier decision? Wording by rules, sense by a model that is shown the nearest ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zamaz.events import Part
from zamaz.events.flow import Earlier
from zamaz.events.orchestration import NoveltyJudged
from zamaz.events.workflow import RulingRequested
from zamaz_orchestrator.debate import Debate, answers_of
from zamaz_orchestrator.kinds.kind import DEFAULT, RULES, Kind, Opinion
from zamaz_orchestrator.likeness import alike, normal, turned
from zamaz_orchestrator.port import Answer, Inquiry, PassUp, fitted, inquiry, lines, quoted, told

NEW = "new"
NEAREST = 8
"""How many earlier decisions a model is shown."""

SAME_WORDS, OTHER_WORDS = 0.85, 0.1
SAME_SENSE, NEAR_WORDS, OTHER_SENSE = 0.9, 0.5, 0.3
PROPOSAL_LENGTH, DECISION_LENGTH = 1500, 500


class Proposal(Part, frozen=True, kw_only=True):
    """What is proposed, in a sentence and at length, and the decisions that stood before."""

    position: str
    argument: str = ""
    earlier: tuple[Earlier, ...] = ()


class Said(Part, frozen=True, kw_only=True):
    """The debate whose decision is repeated; "" for what is new."""

    repeats: str = ""


class Novelty(Kind[Proposal, Said]):
    """Near-equal sentences are repetitions; sentences with no word in common are not."""

    name = "novelty"
    fact = NoveltyJudged
    said = Said

    def question(self, debate: Debate, wanted: RulingRequested) -> Proposal:
        """The newest answer of the turns in question, beside what the debate started with."""
        given = [answer for answer in answers_of(debate, wanted).values() if answer.position]
        newest = given[-1] if given else None
        return Proposal(
            position=newest.position or "" if newest else "",
            argument=newest.argument[:PROPOSAL_LENGTH] if newest else "",
            earlier=debate.started.earlier if debate.started else (),
        )

    def rule(self, question: Proposal) -> Opinion[Said] | str:
        """By the words alone."""
        if not question.position:
            return Opinion(RULES, Said(), 1.0, "nothing is proposed, so nothing is repeated")
        if not question.earlier:
            return Opinion(RULES, Said(), 1.0, "nothing was decided before")
        likeness, nearest = _nearest(question)[0]
        if likeness >= SAME_WORDS and not turned(question.position, nearest.decision):
            same = normal(question.position) == normal(nearest.decision)
            why = f"the same words as the decision of {nearest.debate} ({likeness:.0%})"
            return Opinion(RULES, Said(repeats=nearest.debate), 1.0 if same else likeness, why)
        if likeness <= OTHER_WORDS:
            return Opinion(RULES, Said(), 0.6, f"no earlier decision shares more than {likeness:.0%} of its words")
        return f"the nearest earlier decision, of {nearest.debate}, shares {likeness:.0%} of its words"

    def inquiries(self, question: Proposal, template: str, shows: int = 0) -> tuple[Inquiry, ...]:
        """The proposal beside the nearest earlier decisions."""
        if not question.position or not question.earlier:
            raise PassUp("there is nothing to compare", "no_evidence")
        near = [earlier for _, earlier in _nearest(question)]
        names = [f"e{n}" for n, _ in enumerate(near, 1)]
        each = ((earlier.decision, DECISION_LENGTH) for earlier in near)
        position, argument, *decided = fitted(
            shows, (question.position, DECISION_LENGTH), (question.argument, PROPOSAL_LENGTH), *each
        )
        shown = [{"option": name, "decision": text} for name, text in zip(names, decided, strict=True)]
        proposal = quoted(told(proposal=position, reasons=argument))
        return (inquiry(template, (NEW, *names), {"earlier": lines(shown), "proposal": proposal}),)

    def conclude(self, question: Proposal, answers: Sequence[Answer], model: str) -> Opinion[Said]:
        """new, or which of those that were shown."""
        (answer,) = answers
        near = {f"e{n}": earlier.debate for n, (_, earlier) in enumerate(_nearest(question), 1)}
        said = Said(repeats=near.get(answer.option, ""))
        return Opinion("", said, answer.confidence, answer.why or f"so {model} says", answer.odds)

    def default(self, question: Proposal) -> Opinion[Said]:  # noqa: ARG002 - whatever is proposed
        """novel: a proposal is not refused on nobody's word."""
        return Opinion(DEFAULT, Said(), 0.0, "nobody compared it with what was decided before: it counts as new")

    def second(self, question: Proposal) -> Sequence[tuple[str, str]]:
        """The proposal with each of the nearest."""
        if not question.position:
            return ()
        return [(question.position, earlier.decision) for _, earlier in _nearest(question)]

    def seconded(self, question: Proposal, likeness: Sequence[float]) -> Opinion[Said] | str:
        """Words and sense together: near in both is a repetition, far in both is new."""
        near = _nearest(question)
        best = max(range(len(near)), key=lambda n: likeness[n])
        words, nearest = near[best]
        told = f"the nearest in sense, of {nearest.debate} ({likeness[best]:.2f}), shares {words:.0%} of its words"
        if likeness[best] >= SAME_SENSE and words >= NEAR_WORDS and not turned(question.position, nearest.decision):
            return Opinion("", Said(repeats=nearest.debate), min(likeness[best], 1.0), told)
        if likeness[best] <= OTHER_SENSE and near[0][0] <= NEAR_WORDS:
            return Opinion("", Said(), 0.8, told)
        return told

    def told(self, wanted: RulingRequested, question: Proposal, said: Said) -> dict[str, Any]:  # noqa: ARG002 - its own
        """Whether it is new, and what it repeats."""
        return {"round": wanted.round, "novel": not said.repeats, "repeats": said.repeats}

    def recorded(self, question: Proposal, fact: Any) -> Said:  # noqa: ARG002 - the fact says it
        """As the fact has it."""
        return Said(repeats=fact.repeats)

    def word(self, said: Said) -> str:
        """new, or the debate."""
        return said.repeats or NEW


def _nearest(question: Proposal) -> list[tuple[float, Earlier]]:
    """The earlier decisions that share most words with the proposal, nearest first."""
    found = [(alike(question.position, earlier.decision), earlier) for earlier in question.earlier]
    return sorted(found, key=lambda one: -one[0])[:NEAREST]
