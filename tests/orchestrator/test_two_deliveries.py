"""A ruling that is delivered again while it is being made, and that another orchestrator has made meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from zamaz import definition, subjects
from zamaz.events import subject_of
from zamaz.events.client import DebateRequested
from zamaz.events.orchestration import ComplexityAssessed, RulingDiscarded
from zamaz.events.workflow import RulingRequested
from zamaz.service.delivery import Delivery
from zamaz_orchestrator.court import Court
from zamaz_orchestrator.kinds import Cutoffs, kinds
from zamaz_orchestrator.ladder import Ladder
from zamaz_orchestrator.port import Inquiry, Reply

from cost.fakelog import FakeLog
from orchestrator.panel import Says, said

DEFINITIONS = Path(__file__).parents[2] / "definitions"


class Slow(Says):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__(said("complex"))
        self.begun, self.let = asyncio.Event(), asyncio.Event()

    async def ask(self, inquiry: Inquiry, rung: Any, timeout: float) -> Reply:
        self.begun.set()
        await self.let.wait()
        return await super().ask(inquiry, rung, timeout)


async def test_its_paid_call_is_on_the_bill() -> None:
    log, judge = FakeLog(), Slow()
    catalog = definition.load(DEFINITIONS)
    names = {rung.rung for rung in catalog.ladder()["complexity"]}
    ladder = Ladder(dict.fromkeys(names, judge))
    court = Court(cast(Any, log), ladder, kinds(Cutoffs(0.9, 0.4)), catalog)
    deadline = datetime.now(UTC) + timedelta(seconds=60)
    asked = RulingRequested(ruling="r1", kind="complexity", round=0, sees=0, turns=(), deadline=deadline)
    await log.append("d", DebateRequested(question="Should we move the ledger of all our shops to another store?"))
    seq = (await log.append("d", asked)).seq
    named = subjects.parse(subject_of("d", asked))
    first = asyncio.create_task(court.rule(named, Delivery(subject_of("d", asked), seq, 1)))
    await asyncio.wait_for(judge.begun.wait(), 10)
    other = ComplexityAssessed(
        ruling="r1", complexity="simple", rung="rules", confidence=1, inputs_digest="x", latency_ms=1
    )
    await log.append("d", other)
    assert await court.rule(named, Delivery(subject_of("d", asked), seq, 2)) == []
    judge.let.set()
    assert await first == [RulingDiscarded.__name__]
    await court.close()
