"""Are the answers what was wanted of them? Lengths and headings by rules, the rest criterion by criterion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta

from zamaz.events import Part
from zamaz.events.orchestration import CriterionJudged, QualityJudged
from zamaz.events.workflow import RulingRequested
from zamaz_orchestrator.debate import Debate, answers_of, asked_of
from zamaz_orchestrator.kinds.kind import DEFAULT, RULES, Kind, Opinion, least
from zamaz_orchestrator.likeness import normal, words_of
from zamaz_orchestrator.port import WHY, Answer, Extras, Inquiry, PassUp, fitted, inquiry, lines, quoted, told

MET, UNMET = "met", "unmet"
QUESTION_LENGTH, ANSWER_LENGTH, NAME_LENGTH = 1000, 2000, 64
MOST_CRITERIA = 12
"""More than that are no question for a model: each is a call."""

EXTRAS: Extras = (
    *WHY,
    (
        "participant",
        Annotated[
            str, Meta(max_length=NAME_LENGTH, description="with unmet: whose answer fails it; empty for several")
        ],
    ),
)

_LENGTH = re.compile(
    r"(?:(?P<key>m(?:in|ax)_length)\s*[:=]?\s*|(?:has )?at (?P<bound>least|most) )"
    r"(?P<n>\d+)\s*(?P<unit>words|characters)?\Z",
    re.IGNORECASE,
)
_SECTIONS = re.compile(r"(?:has )?(?:an? )?sections?(?: called)?\s*[:=]?\s*(?P<names>\S.*)\Z", re.IGNORECASE)
_HEADING = re.compile(
    r"^\s{0,3}(?:#{1,6}\s+(?P<marked>.+?)\s*#*|\*\*(?P<bold>[^*]+?):?\*\*:?|(?P<plain>\w[^:\n]{0,60}):)\s*$"
)


class Given(Part, frozen=True, kw_only=True):
    """One seat's answer."""

    participant: str
    argument: str
    position: str = ""


class Work(Part, frozen=True, kw_only=True):
    """Answers, and what each is held against."""

    question: str
    subject: str
    criteria: tuple[str, ...] = ()
    answers: tuple[Given, ...] = ()


class Said(Part, frozen=True, kw_only=True):
    """Every criterion, in the order in which they were asked about."""

    criteria: tuple[CriterionJudged, ...] = ()

    @property
    def met(self) -> bool:
        """Whether none is unmet."""
        return all(criterion.met for criterion in self.criteria)


class Quality(Kind[Work, Said]):
    """A rule that can measure a criterion is overruled by nobody."""

    name = "quality"
    options, extras = (MET, UNMET), EXTRAS
    fact = QualityJudged
    said = Said

    def question(self, debate: Debate, wanted: RulingRequested) -> Work:
        """The answers of the turns in question."""
        given = answers_of(debate, wanted)
        return Work(
            question=asked_of(debate).question,
            subject=wanted.subject,
            criteria=wanted.criteria,
            answers=tuple(
                Given(participant=name, argument=answer.argument, position=answer.position or "")
                for name, answer in given.items()
            ),
        )

    def rule(self, question: Work) -> Opinion[Said] | str:
        """Where every criterion is a matter of counting, or there is nothing to judge."""
        if not question.criteria:
            return Opinion(RULES, Said(), 1.0, "nothing is demanded")
        if not question.answers:
            return Opinion(RULES, _all_met(question, "no answer stands"), 1.0, "no answer stands, so none falls short")
        counted = [measured(criterion, question.answers) for criterion in question.criteria]
        found = tuple(criterion for criterion in counted if criterion)
        if len(found) < len(counted):
            return f"{len(counted) - len(found)} of {len(counted)} criteria are no matter of counting"
        return Opinion(RULES, Said(criteria=found), 1.0, _unmet(found))

    def inquiries(self, question: Work, template: str, shows: int = 0) -> tuple[Inquiry, ...]:
        """One for each criterion that no rule measures."""
        left = _unmeasured(question)
        if not left or not question.answers:
            raise PassUp("there is nothing to judge", "no_evidence")
        if len(left) > MOST_CRITERIA:
            raise PassUp(f"{len(left)} criteria are more than the {MOST_CRITERIA} that are asked about", "no_evidence")
        long = ((given.argument, ANSWER_LENGTH) for given in question.answers)
        room = max((shows + 1) // 2, shows - sum(map(len, left)))  # a criterion is read too
        asked, *said = fitted(room, (question.question, QUESTION_LENGTH), *long)
        texts = dict(zip((given.participant for given in question.answers), said, strict=True))
        whole = [told(by=name, says=text) for name, text in texts.items()]
        data = {"question": quoted(asked), "answers": quoted(texts) if shows else lines(whole)}
        each = ({**data, "criterion": quoted(criterion)} for criterion in left)
        return tuple(inquiry(template, (MET, UNMET), one, EXTRAS) for one in each)

    def conclude(self, question: Work, answers: Sequence[Answer], model: str) -> Opinion[Said]:
        """A model's word on what no rule measures, as sure as the least sure of them."""
        names = {given.participant for given in question.answers}
        asked = dict(zip(_unmeasured(question), answers, strict=True))
        criteria = tuple(
            _judged(criterion, asked[criterion], names)
            if criterion in asked
            else measured(criterion, question.answers) or CriterionJudged(criterion=criterion, met=True)
            for criterion in question.criteria
        )
        why = f"{model} judges {len(answers)} of {len(criteria)} criteria; {_unmet(criteria)}"
        return Opinion("", Said(criteria=criteria), least(answers), why)

    def default(self, question: Work) -> Opinion[Said]:
        """What a rule measures stands; nothing else is held against anybody."""
        criteria = tuple(
            measured(criterion, question.answers)
            or CriterionJudged(criterion=criterion, met=True, probability=0.5, why="nobody judged it")
            for criterion in question.criteria
        )
        return Opinion(DEFAULT, Said(criteria=criteria), 0.0, "nobody judged it: what no rule measures counts as met")

    def told(self, wanted: RulingRequested, question: Work, said: Said) -> dict[str, Any]:  # noqa: ARG002 - its own
        """With every criterion."""
        return {"round": wanted.round, "subject": wanted.subject, "met": said.met, "criteria": said.criteria}

    def recorded(self, question: Work, fact: Any) -> Said:  # noqa: ARG002 - the fact says it
        """As the fact has it."""
        return Said(criteria=fact.criteria)

    def word(self, said: Said) -> str:
        """met or unmet."""
        return MET if said.met else UNMET

    def regret(self, ruled: Said, other: Said) -> float:
        """The share of criteria that they see differently."""
        theirs = {criterion.criterion: criterion.met for criterion in other.criteria}
        differ = sum(theirs.get(mine.criterion, mine.met) != mine.met for mine in ruled.criteria)
        return differ / len(ruled.criteria) if ruled.criteria else 0.0


def measured(criterion: str, answers: Sequence[Given]) -> CriterionJudged | None:
    """A criterion as a rule sees it: `at least 200 words`, `max_length: 4000` (characters), `sections: Risks, Costs`.
    None for what is no matter of counting."""
    if length := _LENGTH.match(criterion.strip()):
        low = (length["key"] or length["bound"]).lower() in ("min_length", "least")
        bound, words = int(length["n"]), (length["unit"] or "").lower() == "words"
        sizes = {given.participant: len(words_of(given.argument) if words else given.argument) for given in answers}
        failing = [name for name, size in sizes.items() if (size < bound if low else size > bound)]
        return _counted(criterion, failing, ", ".join(f"{name}: {sizes[name]}" for name in failing))
    if sections := _SECTIONS.match(criterion.strip()):
        wanted = [name.strip() for name in sections["names"].split(",") if name.strip()]
        missing = {given.participant: _missing(given.argument, wanted) for given in answers}
        failing = [name for name, lacks in missing.items() if lacks]
        return _counted(criterion, failing, "; ".join(f"{name} lacks {', '.join(missing[name])}" for name in failing))
    return None


def _missing(argument: str, wanted: Sequence[str]) -> list[str]:
    found = (_HEADING.match(line) for line in argument.splitlines())
    headings = {normal(next(filter(None, match.groups()), "")) for match in found if match}
    return [name for name in wanted if normal(name) not in headings]


def _counted(criterion: str, failing: list[str], why: str) -> CriterionJudged:
    whose = failing[0] if len(failing) == 1 else ""
    met = not failing
    return CriterionJudged(criterion=criterion, met=met, probability=float(met), participant=whose, why=why)


def _judged(criterion: str, answer: Answer, names: set[str]) -> CriterionJudged:
    met = answer.option == MET
    sure = answer.odds.get(MET, answer.confidence if met else 1 - answer.confidence)
    whose = str(answer.extras.get("participant", ""))
    blamed = whose if whose in names and not met else ""
    return CriterionJudged(criterion=criterion, met=met, probability=sure, participant=blamed, why=answer.why)


def _unmeasured(question: Work) -> list[str]:
    return list(dict.fromkeys(c for c in question.criteria if measured(c, question.answers) is None))


def _all_met(question: Work, why: str) -> Said:
    return Said(criteria=tuple(CriterionJudged(criterion=c, met=True, why=why) for c in question.criteria))


def _unmet(criteria: Sequence[CriterionJudged]) -> str:
    unmet = [criterion.criterion for criterion in criteria if not criterion.met]
    return f"unmet: {'; '.join(unmet)}" if unmet else "all are met"
