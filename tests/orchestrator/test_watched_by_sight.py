"""Who is shown some of the others alone, or their positions alone, is watched by what it could read."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from zamaz.events.flow import Flow
from zamaz.events.workflow import DebateStarted, RulingRequested

from orchestrator.panel import DEADLINE, answer, asked, debate, requested
from orchestrator.test_watch import GIVES_IN, NEXT, SPLIT, second, seen


def test_nobody_takes_over_or_repeats_what_it_could_not_read():
    assert seen(second(GIVES_IN, SPLIT, reads=("ann",))) == [("sycophancy", "bob")]
    assert seen(second(GIVES_IN, SPLIT, reads=())) == []
    assert seen(second(GIVES_IN, SPLIT, brief=True)) == []
    assert seen(second("I agree: split it into services.", SPLIT, brief=True)) == [("sycophancy", "bob")]


@pytest.mark.parametrize(
    ("visibility", "reads", "brief"),
    [("all", None, False), ("summary", None, True), ("neighbours", ("ann",), False), ("own_side", ("ann",), False)],
)
def test_who_sees_some_alone_is_known_by_whom_it_sees(visibility: Any, reads: Any, brief: bool):
    start = DebateStarted(workflow="f", flow=Flow(id="f", steps=(), max_rounds=3), flow_digest="d", seats=())
    facts = (asked(1, "ann"), answer(1, "ann", SPLIT), asked(2, "bob", A="ann"), answer(2, "bob", SPLIT))
    facts = (*facts[:2], replace(facts[2], visibility=visibility), facts[3])
    wanted = RulingRequested(ruling="r", kind="next_move", round=1, sees=9, turns=("t1", "t2"), deadline=DEADLINE)
    (_, bob) = NEXT.question(debate(requested(), start, *facts, wanted), wanted).heard
    assert (bob.reads, bob.brief) == (reads, brief)
