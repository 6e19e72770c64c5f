"""One whole debate, said by the services' own pure rooms without a server: what an audit must find in order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from zamaz.alive import Reach
from zamaz.events import Fact, Recorded
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed, Usage
from zamaz.events.orchestration import ConsensusAssessed, Ruling
from zamaz.events.workflow import RulingRequested, TurnRequested
from zamaz.testing import START, record
from zamaz_cost import ledger
from zamaz_orchestrator.debate import FOLDING
from zamaz_orchestrator.kinds import kinds
from zamaz_orchestrator.ladder import Case, Ladder
from zamaz_workflow import decide
from zamaz_workflow.seating import World

from chaos.laws import all_of, ends_of_turns
from chaos.refold import Refold, no_prompt

TICK = timedelta(seconds=0.1)
PID = 4711
BY = f"host-{PID}-cafe"
USED = Usage(input=1000, output=500)


@dataclass
class Whole:
    """A debate in the making: `story` grows a fact every tenth of a second."""

    refold: Refold
    story: list[Recorded] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The clock of the next fact."""
        return START + len(self.story) * TICK

    def say(self, *facts: Fact) -> None:
        """These stand in the log next."""
        for fact in facts:
            self.story.append(record(len(self.story) + 1, fact, self.now))

    def answer(self, turn: TurnRequested, n: int = 1, by: str = BY) -> None:
        """A debater calls and answers."""
        self.say(started(turn, n, by), presented(turn, n))

    def moves(self, at: datetime) -> list[Fact]:
        """What the workflow has to say at a moment."""
        reach = {name: Reach(ok=True) for name in self.refold.catalog.models.providers}
        world = World(at, self.refold.catalog, reach, START, self.refold.default_workflow)
        state = decide.DECIDER.fold(self.story, decide.DECIDER.initial(self.story[0].debate))
        return decide.DECIDER.decide(state, len(self.story), world)

    def retry(self, turn: TurnRequested, at: datetime) -> TurnRequested:
        """The turn that repeats a failed one."""
        asked = (fact for fact in self.moves(at) if isinstance(fact, TurnRequested))
        return next(again for again in asked if again.retries == turn.turn)

    def go_on(self) -> bool:
        """Whatever the free voices have to say now; whether that was anything."""
        debate, sees = self.story[0].debate, len(self.story)
        facts = self.moves(self.now)
        facts += ledger.DECIDER.decide(ledger.DECIDER.fold(self.story, ledger.initial(debate)), sees, self.refold.table)
        ruled = {fact.ruling for fact in all_of(self.story, ConsensusAssessed)}
        facts += [self._rule(r) for r in all_of(self.story, RulingRequested) if r.ruling not in ruled]
        self.say(*facts)
        return bool(facts)

    def _rule(self, wanted: RulingRequested) -> Ruling:
        state = FOLDING.fold(self.story, FOLDING.initial(self.story[0].debate))
        kind, rungs = (
            kinds(self.refold.cutoffs)["consensus"],
            state.started.ladder["consensus"] if state.started else (),
        )
        question = kind.question(state, wanted)
        climbed = asyncio.run(Ladder({}).climb(Case(kind, question, no_prompt, lambda: 0.0), rungs))
        return kind.fact_of(wanted, question, climbed.opinion, climbed.passed, 0)

    def open_turns(self) -> list[TurnRequested]:
        """Turns that nobody answered yet."""
        done = {fact.turn for fact in ends_of_turns(self.story)}
        return [turn for turn in all_of(self.story, TurnRequested) if turn.turn not in done]

    def to_the_end(self) -> Whole:
        """Answer and go on until nobody has anything more to say."""
        while self.go_on() or self.open_turns():
            for turn in self.open_turns():
                self.answer(turn)
        return self


def begun(refold: Refold) -> Whole:
    """A debate that was asked for."""
    made = Whole(refold)
    made.say(DebateRequested(question="Split it?", participants=("custom/a", "custom/b"), workflow="two_rounds"))
    made.go_on()
    return made


def started(turn: TurnRequested, n: int = 1, by: str = BY) -> CallStarted:
    """Call `n` of a turn, by a process."""
    return CallStarted(
        call=f"{turn.turn}-{n}",
        turn=turn.turn,
        by=by,
        provider=turn.provider,
        model=turn.model,
        prompt_digest="x",
        max_output_tokens=100,
        prompt_bytes=300,
    )


def failed(turn: TurnRequested, n: int = 1) -> TurnFailed:
    """Its failure, which may pass."""
    return TurnFailed(
        turn=turn.turn,
        call=f"{turn.turn}-{n}",
        kind="provider_error",
        why="not now",
        retryable=True,
        provider=turn.provider,
        model=turn.model,
    )


def presented(turn: TurnRequested, n: int = 1) -> ArgumentPresented:
    """Its answer: the same of everybody, so that all agree."""
    return ArgumentPresented(
        turn=turn.turn,
        call=f"{turn.turn}-{n}",
        round=turn.round,
        participant=turn.participant,
        argument="Because.",
        position="Do it.",
        verdict="adopt",
        on_others=dict.fromkeys(turn.labels, "agree"),
        confidence=0.9,
        usage=USED,
        provider=turn.provider,
        model=turn.model,
        latency_ms=1,
    )
