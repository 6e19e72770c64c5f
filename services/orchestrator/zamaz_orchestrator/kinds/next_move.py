"""How to go on after a round? What stays the same from round to round needs no further one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, cast

from msgspec import Meta

from zamaz.events import Part
from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import Flow, Move
from zamaz.events.orchestration import NextMoveAdvised, Observation
from zamaz.events.workflow import RulingRequested
from zamaz.inflight import flow_in
from zamaz_orchestrator.debate import Debate, asked_of, in_time, is_beside, seats_of
from zamaz_orchestrator.kinds.course import Course, Heard, Stand, chance
from zamaz_orchestrator.kinds.kind import DEFAULT, RULES, Kind, Opinion
from zamaz_orchestrator.kinds.watch import FAR, far, observed, suspects
from zamaz_orchestrator.port import WHY, Answer, Extras, Inquiry, PassUp, fitted, inquiry, lines, quoted, tersely, told
from zamaz_orchestrator.reading.words import LONGEST

MOVES: tuple[Move, ...] = ("continue", "redirect", "pause", "complete", "escalate")
QUESTION_LENGTH, POSITION_LENGTH, FOCUS_LENGTH, NAMES_LENGTH = 2000, 400, 200, 400
SURE_TO_GO_ON = 0.7

EXTRAS: Extras = (
    *WHY,
    (
        "focus",
        Annotated[str, Meta(max_length=FOCUS_LENGTH, description="with redirect: what to argue about; else empty")],
    ),
    (
        "off_question",
        Annotated[
            str,
            Meta(max_length=NAMES_LENGTH, description="who argues about something else, names by comma; else empty"),
        ],
    ),
)


class Said(Part, frozen=True, kw_only=True):
    """The move, what a redirected round argues about, how likely one more round brings a consensus (0..1), and what was
    observed."""

    move: Move
    focus: str = ""
    consensus_chance: float | None = None
    observed: tuple[Observation, ...] = ()


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
        flow = _flow(debate, wanted.round)
        request = asked_of(debate)
        return Course(
            question=request.question,
            context=request.context,
            options=request.options,
            round=wanted.round,
            max_rounds=max(flow.max_rounds, wanted.round + 1),  # it is asked where another may follow
            min_rounds=flow.min_rounds,
            threshold=flow.consensus_threshold,
            stands=_stands(debate, wanted),
            heard=_heard(debate, wanted),
            scores={str(n): score for n, (seq, score) in debate.scores.items() if in_time(wanted, seq)},
        )

    def rule(self, question: Course) -> Opinion[Said] | str:
        """Done is done; where nobody moved, nobody is expected to; and what was observed is told."""
        return _ruled(question, observed(question))

    def second(self, question: Course) -> Sequence[tuple[str, str]]:
        """The question beside each argument that has hardly a word of it."""
        return [(question.question, one.argument) for one in suspects(question)]

    def seconded(self, question: Course, likeness: Sequence[float]) -> Opinion[Said] | str:
        """The rules, with those arguments that are far from the question in meaning too."""
        off = (far(one, near) for one, near in zip(suspects(question), likeness, strict=True) if near < FAR)
        return _ruled(question, (*observed(question), *off))

    def inquiries(self, question: Course, template: str, shows: int = 0) -> tuple[Inquiry, ...]:
        """Both rounds' positions and the scores; with little to show, this round's, the newest scores and who moved."""
        if not question.stands:
            raise PassUp("nobody holds a position", "no_evidence")
        return (inquiry(template, MOVES, _in_brief(question, shows) if shows else _whole(question), EXTRAS),)

    def conclude(self, question: Course, answers: Sequence[Answer], model: str) -> Opinion[Said]:
        """The move that the model names. It cannot end a debate before its rounds, nor redirect it to nothing."""
        (answer,) = answers
        move, focus = cast(Move, answer.option), str(answer.extras.get("focus", "")).strip()
        if move == "complete" and question.round < question.min_rounds:
            raise PassUp(f"it would end the debate before round {question.min_rounds}", "refused")
        if move == "redirect" and not focus:
            raise PassUp("it would redirect the debate and does not say to what", "schema")
        said = Said(
            move=move,
            focus=focus if move == "redirect" else "",
            consensus_chance=chance(question),
            observed=_with_named(question, str(answer.extras.get("off_question", "")), model),
        )
        return Opinion("", said, answer.confidence, answer.why or f"so {model} says", answer.odds)

    def default(self, question: Course) -> Opinion[Said]:
        """continue, until the definition's own rounds are over."""
        said = Said(move="continue", consensus_chance=chance(question))
        return Opinion(DEFAULT, said, 0.0, "nobody could say: the debate goes on by its definition")

    def told(self, wanted: RulingRequested, question: Course, said: Said) -> dict[str, Any]:  # noqa: ARG002 - its own
        """The move and what belongs to it."""
        return {
            "round": wanted.round,
            "move": said.move,
            "focus": said.focus,
            "consensus_chance": said.consensus_chance,
            "observed": said.observed,
        }

    def recorded(self, question: Course, fact: Any) -> Said:  # noqa: ARG002 - the fact says it
        """As the fact has it."""
        chance_told = fact.consensus_chance
        return Said(move=fact.move, focus=fact.focus, consensus_chance=chance_told, observed=fact.observed)

    def word(self, said: Said) -> str:
        """The move."""
        return said.move

    def regret(self, ruled: Said, other: Said) -> float:
        """Half between moves that both go on, or both wait; else all."""
        if ruled.move == other.move:
            return 0.0
        return self._REGRET.get(frozenset({ruled.move, other.move}), 1.0)


def _flow(debate: Debate, round_: int) -> Flow:
    """The definition as it runs in a round, whatever was changed since the start."""
    flow = debate.started.flow if debate.started else Flow(id="", steps=(), consensus_threshold=1.0)
    return flow_in(flow, debate.changes, round_)


def _stands(debate: Debate, wanted: RulingRequested) -> tuple[Stand, ...]:
    """What those who are asked about held in this round and in the one before."""
    seats = set(seats_of(debate, wanted)) or {answer.participant for _, answer in debate.answers.values()}
    found: dict[tuple[str, int], Stand] = {}
    for turn, (seq, answer) in debate.answers.items():
        round_ = _round_of(debate, answer)
        counts = answer.participant in seats and turn not in debate.given_up and in_time(wanted, seq)
        if counts and answer.position and wanted.round - 1 <= round_ <= wanted.round and not is_beside(debate, turn):
            found[answer.participant, round_] = Stand(
                participant=answer.participant,
                round=round_,
                position=answer.position,
                choice=answer.choice,
                verdict=answer.verdict,
                confidence=answer.confidence,
            )
    return tuple(sorted(found.values(), key=lambda stand: (stand.round, stand.participant)))


def _heard(debate: Debate, wanted: RulingRequested) -> tuple[Heard, ...]:
    """All that was said and counts, in the order of the log."""
    counted = ((seq, turn) for turn, (seq, _) in debate.answers.items() if turn not in debate.given_up)
    there = sorted((seq, turn) for seq, turn in counted if in_time(wanted, seq))
    return tuple(_as_heard(debate, turn, [seq for seq, _ in there]) for _, turn in there)


def _as_heard(debate: Debate, turn: str, said: Sequence[int]) -> Heard:
    answer, asked = debate.answers[turn][1], debate.turns.get(turn)
    labels, sees, visibility = (asked.labels, asked.sees, asked.visibility) if asked else ({}, 0, "all")
    agrees = (labels[label] for label, stance in answer.on_others.items() if stance == "agree" and label in labels)
    return Heard(
        participant=answer.participant,
        round=_round_of(debate, answer),
        argument=answer.argument[-LONGEST:],
        position=answer.position or "",
        choice=answer.choice,
        knew=sum(seq <= sees for seq in said),
        agrees=tuple(agrees),
        beside=is_beside(debate, turn),
        reads=tuple(sorted(labels.values())) if visibility in ("own_side", "neighbours") else None,
        brief=visibility == "summary",
    )


def _round_of(debate: Debate, answer: ArgumentPresented) -> int:
    asked = debate.turns.get(answer.turn)
    return asked.round if asked else answer.round


def _whole(question: Course) -> dict[str, str]:
    """All that stands, quoted for a prompt."""
    stands = [
        told(
            round=stand.round,
            by=stand.participant,
            choice=stand.choice,
            verdict=stand.verdict,
            confidence=stand.confidence,
            says=stand.position[:POSITION_LENGTH],
        )
        for stand in question.stands
    ]
    return {
        "question": quoted(question.question[:QUESTION_LENGTH]),
        "course": quoted({"round": question.round, "of": question.max_rounds, "scores": question.scores}),
        "positions": lines(stands),
    }


def _in_brief(question: Course, shows: int) -> dict[str, str]:
    """The same for a model that is to answer soon, in `shows` characters of what others wrote."""
    stands = (question.of(question.round) or question.of(question.round - 1)).values()
    asked, *said = fitted(
        shows, (question.question, QUESTION_LENGTH), *((stand.position, POSITION_LENGTH) for stand in stands)
    )
    newest = (question.score(question.round - 1), question.score(question.round))
    course = told(
        round=question.round,
        of=question.max_rounds,
        scores=[round(score, 2) for score in newest if score is not None],
        moved=question.moved(),
    )
    both = zip(stands, said, strict=True)
    return {
        "question": quoted(asked),
        "course": quoted(course),
        "positions": lines([tersely(one.participant, text, one.choice, one.verdict) for one, text in both]),
    }


def _ruled(question: Course, seen: tuple[Observation, ...]) -> Opinion[Said] | str:
    score = question.score(question.round)

    def sure(move: Move, confidence: float, why: str) -> Opinion[Said]:
        return Opinion(RULES, Said(move=move, consensus_chance=chance(question), observed=seen), confidence, why)

    if score is not None and score >= question.threshold and question.round >= question.min_rounds:
        return sure("complete", 1.0, f"the score {score:.2f} meets the threshold")
    moved = question.moved()
    if moved == ():
        if question.round < question.min_rounds:
            return sure("continue", 1.0, f"at least {question.min_rounds} rounds are wanted")
        return sure("complete", 0.8, "nobody moved since the round before")
    if seen:
        return sure("continue", SURE_TO_GO_ON, "; ".join(f"{one.participant}: {one.why}" for one in seen))
    if question.round == 1 and score is not None:
        return sure("continue", SURE_TO_GO_ON, f"the score is {score:.2f}, and nobody has answered anybody yet")
    if moved is None:
        return "there is no round before with the same seats to compare with"
    return f"{', '.join(moved)} moved: where to, is not a matter of counting"


def _with_named(question: Course, names: str, model: str) -> tuple[Observation, ...]:
    """What the rules saw, and whom a model finds off the question."""
    seen = observed(question)
    seen_off = {one.participant for one in seen if one.of == "drift"}
    named = dict.fromkeys(name.strip() for name in names.split(","))
    known = [name for name in named if name in question.of(question.round) and name not in seen_off]
    return (*seen, *(Observation(of="drift", participant=name, why=f"so {model} says") for name in known))
