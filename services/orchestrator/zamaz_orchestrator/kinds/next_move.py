"""How to go on after a round? What stays the same from round to round needs no further one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, cast

from msgspec import Meta

from zamaz.events import Part
from zamaz.events.flow import Move
from zamaz.events.orchestration import NextMoveAdvised
from zamaz.events.workflow import RulingRequested, Verdict
from zamaz_orchestrator.debate import Debate, asked_of, in_time
from zamaz_orchestrator.kinds.kind import DEFAULT, RULES, Kind, Opinion
from zamaz_orchestrator.likeness import alike, turned
from zamaz_orchestrator.port import WHY, Answer, Extras, Inquiry, PassUp, fitted, inquiry, lines, quoted, told

MOVES: tuple[Move, ...] = ("continue", "redirect", "pause", "complete", "escalate")
QUESTION_LENGTH, POSITION_LENGTH, FOCUS_LENGTH = 2000, 400, 200
SAME_WORDS, SAME_CONFIDENCE = 0.8, 0.1
"""From which likeness of words on, and up to which change of confidence, a position counts as held."""

EXTRAS: Extras = (
    *WHY,
    (
        "focus",
        Annotated[str, Meta(max_length=FOCUS_LENGTH, description="with redirect: what to argue about; else empty")],
    ),
)


class Stand(Part, frozen=True, kw_only=True):
    """What a seat held at the end of a round."""

    participant: str
    round: int
    position: str
    choice: str | None = None
    verdict: Verdict | None = None
    confidence: float = 0.0


class Course(Part, frozen=True, kw_only=True):
    """The debate up to a round: `stands` of this one and the one before, the scores of all that were measured."""

    question: str
    round: int
    max_rounds: int
    min_rounds: int
    threshold: float
    stands: tuple[Stand, ...] = ()
    scores: dict[str, float] = {}

    def of(self, round_: int) -> dict[str, Stand]:
        """Who held what at the end of a round."""
        return {stand.participant: stand for stand in self.stands if stand.round == round_}

    def score(self, round_: int) -> float | None:
        """The consensus of a round, where it was measured."""
        return self.scores.get(str(round_))


class Said(Part, frozen=True, kw_only=True):
    """The move, what a redirected round argues about, and how likely one more round brings a consensus (0..1)."""

    move: Move
    focus: str = ""
    consensus_chance: float | None = None


class NextMove(Kind[Course, Said]):
    """Stability by rules; a model where positions move."""

    name = "next_move"
    options, extras = MOVES, EXTRAS
    fact = NextMoveAdvised
    said = Said
    _REGRET: ClassVar[Mapping[frozenset[str], float]] = {
        frozenset({"continue", "redirect"}): 0.5,
        frozenset({"pause", "escalate"}): 0.5,
    }

    def question(self, debate: Debate, wanted: RulingRequested) -> Course:
        """Out of every answer that stood when the workflow looked."""
        flow = debate.started.flow if debate.started else None
        stands = {}
        for turn, (seq, answer) in debate.answers.items():
            known = debate.turns.get(turn)
            round_ = known.round if known else answer.round
            if answer.position and wanted.round - 1 <= round_ <= wanted.round and in_time(wanted, seq):
                stands[answer.participant, round_] = Stand(
                    participant=answer.participant,
                    round=round_,
                    position=answer.position,
                    choice=answer.choice,
                    verdict=answer.verdict,
                    confidence=answer.confidence,
                )
        return Course(
            question=asked_of(debate).question,
            round=wanted.round,
            max_rounds=max(flow.max_rounds if flow else 1, wanted.round + 1),  # it is asked where another may follow
            min_rounds=flow.min_rounds if flow else 1,
            threshold=flow.consensus_threshold if flow else 1.0,
            stands=tuple(sorted(stands.values(), key=lambda stand: (stand.round, stand.participant))),
            scores={str(n): score for n, (seq, score) in debate.scores.items() if in_time(wanted, seq)},
        )

    def rule(self, question: Course) -> Opinion[Said] | str:
        """Done is done; and where nobody moved, nobody is expected to."""
        score = question.score(question.round)
        if score is not None and score >= question.threshold and question.round >= question.min_rounds:
            return _sure("complete", 1.0, f"the score {score:.2f} meets the threshold", chance=1.0)
        if question.round == 1 and score is not None:
            return _sure("continue", 0.7, f"the score is {score:.2f}, and nobody has answered anybody yet")
        now, before = question.of(question.round), question.of(question.round - 1)
        if not before or now.keys() != before.keys():
            return "there is no round before with the same seats to compare with"
        moved = [name for name in now if not _holds(before[name], now[name])]
        if moved:
            return f"{', '.join(moved)} moved: where to, is not a matter of counting"
        if question.round < question.min_rounds:
            return _sure("continue", 1.0, f"at least {question.min_rounds} rounds are wanted")
        return _sure("complete", 0.8, "nobody moved since the round before", chance=0.05)

    def inquiries(self, question: Course, template: str, shows: int = 0) -> tuple[Inquiry, ...]:
        """Both rounds' positions and the scores."""
        if not question.stands:
            raise PassUp("nobody holds a position", "no_evidence")
        each = ((stand.position, POSITION_LENGTH) for stand in question.stands)
        asked, *said = fitted(shows, (question.question, QUESTION_LENGTH), *each)
        stands = [
            told(
                round=stand.round,
                by=stand.participant,
                choice=stand.choice,
                verdict=stand.verdict,
                confidence=stand.confidence,
                says=position,
            )
            for stand, position in zip(question.stands, said, strict=True)
        ]
        data = {
            "question": quoted(asked),
            "course": quoted({"round": question.round, "of": question.max_rounds, "scores": question.scores}),
            "positions": lines(stands),
        }
        return (inquiry(template, MOVES, data, EXTRAS),)

    def conclude(self, question: Course, answers: Sequence[Answer], model: str) -> Opinion[Said]:
        """The move that the model names. It cannot end a debate before its rounds, nor redirect it to nothing."""
        (answer,) = answers
        move, focus = cast(Move, answer.option), str(answer.extras.get("focus", "")).strip()
        if move == "complete" and question.round < question.min_rounds:
            raise PassUp(f"it would end the debate before round {question.min_rounds}", "refused")
        if move == "redirect" and not focus:
            raise PassUp("it would redirect the debate and does not say to what", "schema")
        said = Said(move=move, focus=focus if move == "redirect" else "", consensus_chance=_trend(question))
        return Opinion("", said, answer.confidence, answer.why or f"so {model} says", answer.odds)

    def default(self, question: Course) -> Opinion[Said]:  # noqa: ARG002 - whatever is asked
        """continue, until the definition's own rounds are over."""
        return Opinion(DEFAULT, Said(move="continue"), 0.0, "nobody could say: the debate goes on by its definition")

    def told(self, wanted: RulingRequested, question: Course, said: Said) -> dict[str, Any]:  # noqa: ARG002 - its own
        """The move and what belongs to it."""
        return {
            "round": wanted.round,
            "move": said.move,
            "focus": said.focus,
            "consensus_chance": said.consensus_chance,
        }

    def recorded(self, question: Course, fact: Any) -> Said:  # noqa: ARG002 - the fact says it
        """As the fact has it."""
        return Said(move=fact.move, focus=fact.focus, consensus_chance=fact.consensus_chance)

    def word(self, said: Said) -> str:
        """The move."""
        return said.move

    def regret(self, ruled: Said, other: Said) -> float:
        """Half between moves that both go on, or both wait; else all."""
        if ruled.move == other.move:
            return 0.0
        return self._REGRET.get(frozenset({ruled.move, other.move}), 1.0)


def _sure(move: Move, confidence: float, why: str, chance: float | None = None) -> Opinion[Said]:
    return Opinion(RULES, Said(move=move, consensus_chance=chance), confidence, why)


def _holds(before: Stand, now: Stand) -> bool:
    """Whether a seat says the same as in the round before, as surely."""
    if (before.choice, before.verdict) != (now.choice, now.verdict):
        return False
    if abs(before.confidence - now.confidence) > SAME_CONFIDENCE:
        return False
    return alike(before.position, now.position) >= SAME_WORDS and not turned(before.position, now.position)


def _trend(course: Course) -> float | None:
    """The score that one more round like this one would bring, as a share of what is wanted."""
    now, before = course.score(course.round), course.score(course.round - 1)
    if now is None or course.threshold <= 0:
        return None
    step = now - before if before is not None else 0.0
    return min(max((now + step) / course.threshold, 0.0), 1.0)
