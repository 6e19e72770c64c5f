"""What a reader of a fork gets: the facts that it shares with its parent, then its own; or why there are none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zamaz import chain
from zamaz.cli.beside import Line, beside
from zamaz.events import Fact, Malformed, Recorded
from zamaz.events.client import DebateForked, DebatePauseRequested, DebateRequested
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import TurnRequested
from zamaz.lineage import with_ancestors
from zamaz.subjects import parse
from zamaz.testing import record

HISTORIES = Path(__file__).parents[1] / "contract" / "histories"


def history(name: str) -> list[Recorded]:
    found = chain.read((HISTORIES / f"{name}.json").read_bytes())
    return [link.stored.recorded() for link in found.facts]


PARENT = history("simple_debate")
P = PARENT[0].debate
RULED = next(heard.seq for heard in PARENT if isinstance(heard.fact, ConsensusAssessed))
END = PARENT[-1].seq


class FakeLog:
    """Facts by debate, as they stand."""

    def __init__(self, *facts: Recorded) -> None:
        self.facts = [*PARENT, *facts]

    async def read(self, debate: str, filters: Sequence[str]) -> list[Recorded]:
        kinds = {parse(name).type for name in filters}
        mine = [heard for heard in self.facts if heard.debate == debate]
        return [heard for heard in mine if not kinds or type(heard.fact).__name__ in kinds]

    async def load(self, debate: str) -> list[Recorded]:
        return await with_ancestors(debate, await self.read(debate, ()), self.read)


def fork(seq: int, parent: str, at: int, debate: str = "f1") -> Recorded:
    return record(seq, DebateForked(parent=parent, at=at), debate=debate)


def said(seq: int, fact: Fact, debate: str = "f1") -> Recorded:
    return record(seq, fact, debate=debate)


async def refusal(log: FakeLog, debate: str = "f1") -> str:
    (why,) = [heard.fact.why for heard in await log.load(debate) if isinstance(heard.fact, Malformed)]
    return why


async def test_a_fork_is_read_behind_what_it_shares():
    facts = await FakeLog(fork(END + 1, P, RULED)).load("f1")
    assert [heard.debate for heard in facts] == [P] * (len(facts) - 1) + ["f1"]
    assert {heard.voice for heard in facts} == {"client", "workflow", "debater", "orchestration"}
    assert [heard.seq for heard in facts] == sorted(heard.seq for heard in facts)
    assert isinstance(facts[-2].fact, ConsensusAssessed)
    assert await FakeLog().load(P) == PARENT, "and who is no fork, as it is"


async def test_what_was_open_is_left_out():
    asked = [heard for heard in PARENT if isinstance(heard.fact, TurnRequested)]
    facts = await FakeLog(fork(END + 1, P, asked[1].seq)).load("f1")
    assert not any(isinstance(heard.fact, TurnRequested) for heard in facts)


async def test_a_fork_of_a_fork_shares_what_both_share():
    log = FakeLog(
        fork(END + 1, P, RULED), said(END + 2, DebatePauseRequested(pause="p")), fork(END + 3, "f1", RULED, "g1")
    )
    assert (await log.load("g1"))[:-1] == (await log.load("f1"))[:-2]


async def test_the_first_word_on_an_id_counts():
    log = FakeLog(said(END + 1, DebateRequested(question="Mine?")), fork(END + 2, P, RULED))
    assert await refusal(log) == "a debate stood under the id f1 already"
    late = FakeLog(fork(END + 1, P, RULED), said(END + 2, DebateRequested(question="Mine?")))
    assert len(await late.load("f1")) == len(await FakeLog(fork(END + 1, P, RULED)).load("f1")) + 1


async def test_what_cannot_be_read_says_why():
    assert await refusal(FakeLog(fork(END + 1, "f1", 3))) == "debate f1 would be forked from itself"
    circle = FakeLog(fork(END + 1, "g1", END + 2), fork(END + 2, "f1", END + 1, "g1"))
    assert "would be forked from itself" in await refusal(circle)
    assert await refusal(FakeLog(fork(END + 1, "gone", 3))) == "there is no debate gone"
    assert "is no id of a debate" in await refusal(FakeLog(fork(END + 1, "a.b", 3)))
    child_of_the_lost = FakeLog(fork(END + 1, "gone", 3), fork(END + 2, "f1", END + 1, "g1"))
    assert await refusal(child_of_the_lost, "g1") == "debate f1 has lost its beginning: there is no debate gone"
    elsewhere = FakeLog(fork(1, P, RULED))
    assert "was brought here from another log" in await refusal(elsewhere)


async def test_generations_have_an_end():
    forks = [fork(END + 1, P, RULED, "g0"), *(fork(END + 1 + n, f"g{n - 1}", RULED, f"g{n}") for n in range(1, 60))]
    log = FakeLog(*forks)
    assert isinstance((await log.load("g40"))[0].fact, DebateRequested)
    assert "more than 50 times over" in await refusal(log, "g59")


def test_two_debates_side_by_side():
    told = {line.what: line for line in beside(PARENT, history("ended_by_rounds"))}
    assert told["until"].one == "no fact is the same"
    assert told["first of its own"].one == f"{PARENT[0].seq} DebateRequested"
    assert told["ended"] == Line("ended", "completed by consensus after 2 rounds", "completed by rounds after 2 rounds")
    assert "round 2, score" in told
    assert told["model of script/disagree"].one == "no seat"
    assert "question" not in told, "it is the same"


async def test_a_fork_beside_its_parent():
    facts = await FakeLog(fork(END + 1, P, RULED)).load("f1")
    told = {line.what: line for line in beside(PARENT, facts)}
    assert told["until"].one.endswith(f"facts, up to {RULED}, are the same")
    assert told["first of its own"].other == f"{END + 1} DebateForked"
    assert (told["ended"].one, told["ended"].other) == ("completed by consensus after 2 rounds", "it goes on")
