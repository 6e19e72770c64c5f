"""Circuits, limits, caps and kept rulings, without a server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, cast

import msgspec
import pytest
from msgspec import structs

from zamaz.errors import LogUnavailable
from zamaz.events.cost import CallPriced
from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import Passing, RulingDiscarded, RulingShadowed, RungPassed
from zamaz_orchestrator import board, cache, circuit
from zamaz_orchestrator.cache import Prompt, key_of
from zamaz_orchestrator.circuit import LEAST, LONGEST_S, PAUSE_S, PROBE_S, Circuit
from zamaz_orchestrator.kinds.consensus import Said
from zamaz_orchestrator.kinds.kind import Kind, Opinion
from zamaz_orchestrator.ladder import Case, Ladder
from zamaz_orchestrator.port import Inquiry, PassUp, Reply
from zamaz_orchestrator.spending import spent_by

from orchestrator.panel import CONSENSUS, OLLAMA, Says, case, climb, held, judgement, question, wanted

APART = case(CONSENSUS, question(held("ann", "Split now"), held("bob", "Split later")))


WANTED = wanted("t1", "t2")
SAID = Said(score=1.0)

# circuits


def failing(times: int, made: Circuit | None = None, now: float = 100.0) -> Circuit:
    found = made or Circuit()
    for _ in range(times):
        found = circuit.after(found, now, well=False)
    return found


def test_a_circuit_opens_when_half_of_enough_calls_failed() -> None:
    assert circuit.enter(failing(LEAST - 1), 100.0)[1] == ""
    assert circuit.enter(failing(LEAST), 100.0)[1].startswith("its circuit is open for another 15 s")


def test_calls_that_go_well_keep_it_closed_and_change_nothing_where_none_failed() -> None:
    well = circuit.after(Circuit(), 100.0, well=True)
    assert well == Circuit()
    mixed = failing(1)
    for _ in range(LEAST):
        mixed = circuit.after(circuit.after(mixed, 100.0, well=True), 100.0, well=True)
        mixed = circuit.after(mixed, 100.0, well=False)
    assert circuit.enter(mixed, 100.0)[1] == ""


def test_one_probe_is_let_through_and_closes_it_or_opens_it_for_twice_as_long() -> None:
    later = 100.0 + PAUSE_S
    probing, told = circuit.enter(failing(LEAST), later)
    assert told == ""
    assert circuit.enter(probing, later)[1] == "its circuit is open: one call tries whether it works again"
    assert circuit.after(probing, later, well=True) == Circuit()
    again = circuit.after(probing, later, well=False)
    assert circuit.enter(again, later + PAUSE_S)[1].startswith("its circuit is open for another 15 s")


def test_a_probe_that_tells_nothing_keeps_others_out_for_a_while_only() -> None:
    later = 100.0 + PAUSE_S
    probing, _ = circuit.enter(failing(LEAST), later)
    assert circuit.enter(probing, later + PROBE_S)[1] == ""


def test_it_is_never_open_for_ever() -> None:
    found, now = failing(LEAST), 100.0
    for _ in range(20):
        now += found.pause_s
        found = circuit.after(circuit.enter(found, now)[0], now, well=False)
    assert found.pause_s == LONGEST_S


# the ladder behind a guard


class FakeGuard:
    """Counts, or refuses."""

    def __init__(self, refusal: PassUp | None = None) -> None:
        self.refusal, self.seen = refusal, list[tuple[str, int]]()

    @asynccontextmanager
    async def call(self, rung: RungSetting, requests: int, tokens: int) -> Any:
        if self.refusal:
            raise self.refusal
        self.seen.append((rung.rung, requests))
        yield self

    def used(self, usage: object, /) -> None:
        self.seen.append(("used", 0))


async def test_a_rung_behind_an_open_circuit_is_not_asked() -> None:
    judge = Says(judgement())
    made = await Ladder({"ollama": judge}, guard=FakeGuard(PassUp("its circuit is open", "circuit"))).climb(
        APART, [OLLAMA]
    )
    assert (made.passed[0].reason, made.passed[0].provider, judge.asked) == ("circuit", "", [])


async def test_a_rung_that_was_asked_and_passed_says_what_it_took() -> None:
    unsure = await climb(APART, OLLAMA, ollama=Says(judgement(confidence=0.2)))
    wrong = await climb(APART, OLLAMA, ollama=Says("They agree."))
    for made, reason in ((unsure, "unsure"), (wrong, "schema")):
        (passed,) = made.passed
        assert (passed.reason, passed.provider, passed.model) == (reason, "ollama", "qwen2.5")
        assert passed.usage is not None and passed.usage.input == 10
    assert unsure.passed[0].confidence == 0.2


async def test_a_paid_call_that_we_leave_before_it_has_answered_is_priced_at_its_worst() -> None:
    class Silent(Says):
        async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
            raise TimeoutError

    paid = structs.replace(OLLAMA, rung="grok", provider="xai")
    (left,) = (await climb(APART, paid, grok=Silent())).passed
    (own,) = (await climb(APART, OLLAMA, ollama=Silent())).passed
    assert left.usage is not None and left.usage.estimated and left.usage.output == 400
    assert (left.reason, own.reason, own.usage) == ("timeout", "timeout", None)


async def test_a_paid_model_that_refuses_or_does_not_count_is_on_the_bill() -> None:
    class Refuses(Says):
        async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
            raise PassUp("it refuses to answer", "refused", Usage(input=10, output=3))

    class Uncounted(Says):
        async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
            return Reply(judgement(), rung.model)

    paid = structs.replace(OLLAMA, rung="grok", provider="xai")
    (no,) = (await climb(APART, paid, grok=Refuses())).passed
    assert (no.reason, no.usage) == ("refused", Usage(input=10, output=3))
    usage = (await climb(APART, paid, grok=Uncounted())).opinion.usage
    assert usage is not None and usage.estimated and usage.output == 400
    assert (await climb(APART, OLLAMA, ollama=Uncounted())).opinion.usage is None


async def test_what_was_paid_is_not_bought_again_because_the_log_is_away_for_the_next_rung() -> None:
    async def away(_: RungSetting) -> float:
        raise LogUnavailable("nobody answers")

    grok = structs.replace(OLLAMA, rung="grok", provider="xai", threshold=0.95)
    capped = structs.replace(OLLAMA, rung="cloud", provider="dear", spend_usd=1)
    asked = Case(APART.kind, APART.question, APART.prompt, APART.left, away)
    ladder = Ladder({"grok": Says(judgement()), "cloud": Says(judgement())})
    made = await ladder.climb(asked, [grok, capped])
    assert (made.opinion.rung, [one.reason for one in made.passed]) == ("default", ["unsure", "error"])
    assert made.passed[0].usage == Usage(input=10, output=5)
    with pytest.raises(LogUnavailable):
        await ladder.climb(asked, [capped])


async def test_a_rung_that_has_cost_the_debate_enough_is_not_asked() -> None:
    judge = Says(judgement())

    async def spent(_: RungSetting) -> float:
        return 0.05

    capped = structs.replace(OLLAMA, spend_usd=0.05)
    made = await Ladder({"ollama": judge}).climb(
        Case(APART.kind, APART.question, APART.prompt, APART.left, spent), [capped]
    )
    assert (made.passed[0].reason, judge.asked) == ("spent", [])


def test_what_a_rung_has_cost_is_read_off_rulings_shadows_and_late_comers() -> None:
    passed = (RungPassed(rung="local", why=""), RungPassed(rung="grok", why="", provider="xai"))
    ruled = CONSENSUS.fact_of(WANTED, APART.question, Opinion("cloud", SAID, 1.0, ""), passed, 0)
    shadow = RulingShadowed(
        ruling="r1", kind="consensus", ruled_by="rules", ruled="full", ruled_confidence=1, rung="grok", inputs_digest=""
    )
    lost = RulingDiscarded(discard="x", ruling="r1", rung="grok")
    prices = [
        CallPriced(call=call, provider="xai", model="m", amount_usd=Decimal(amount), basis="usage")
        for call, amount in (("r1", 1), ("r1-2", 2), ("r1-shadow", 4), ("x", 8), ("t1-1", 16))
    ]
    facts = [ruled, shadow, lost, *prices]
    assert [float(spent_by(rung, facts)) for rung in ("grok", "cloud", "local")] == [14, 1, 0]


# kept rulings


class FakeCache:
    """A cache in memory, of bytes as in the bucket."""

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}

    async def find(self, key: str, kind: Kind[Any, Any]) -> Opinion[Any] | None:
        return cache.unpacked(kind, self.entries[key]) if key in self.entries else None

    async def keep(self, key: str, kind: Kind[Any, Any], opinion: Opinion[Any]) -> None:
        self.entries[key] = cache.packed(kind, opinion)


async def test_the_same_question_is_ruled_once_and_then_for_nothing() -> None:
    judge, kept = Says(judgement("none")), FakeCache()
    ladder = Ladder({"ollama": judge}, cache=kept)
    first = await ladder.climb(APART, [OLLAMA])
    assert kept.entries == {}, "what is not said yet is not kept: its price would be lost with it"
    await ladder.keep(APART, first)
    again = await ladder.climb(APART, [OLLAMA])
    assert len(judge.asked) == 1
    assert (again.opinion.cached, again.opinion.usage, again.opinion.model) == (True, None, "qwen2.5")
    assert again.opinion.said == first.opinion.said
    assert again.key == ""


async def test_an_answer_under_the_threshold_is_never_kept_nor_taken() -> None:
    kept = FakeCache()
    ladder = Ladder({"ollama": Says(judgement(confidence=0.6))}, cache=kept)
    await ladder.keep(APART, await ladder.climb(APART, [structs.replace(OLLAMA, threshold=0.7)]))
    assert kept.entries == {}
    await ladder.keep(APART, await ladder.climb(APART, [OLLAMA]))
    stricter = await ladder.climb(APART, [structs.replace(OLLAMA, threshold=0.7)])
    assert (stricter.opinion.rung, stricter.opinion.cached) == ("default", False)


@pytest.mark.parametrize(
    "other",
    [
        {"format": cache.FORMAT + 1},
        {"version": 99},
        {"said": {"score": "high"}},
    ],
)
async def test_an_entry_of_another_version_is_no_hit(other: dict[str, Any]) -> None:
    judge, kept = Says(judgement()), FakeCache()
    ladder = Ladder({"ollama": judge}, cache=kept)
    await ladder.keep(APART, await ladder.climb(APART, [OLLAMA]))
    (key,) = kept.entries
    kept.entries[key] = msgspec.json.encode({**msgspec.json.decode(kept.entries[key]), **other})
    assert (await ladder.climb(APART, [OLLAMA])).opinion.cached is False
    kept.entries[key] = b"garbage"
    assert (await ladder.climb(APART, [OLLAMA])).opinion.cached is False


def test_whatever_an_answer_depends_on_is_in_its_key() -> None:
    prompt, other = Prompt("x", "p1"), question(held("ann", "Split never"), held("bob", "Split later"))
    keys = {
        key_of(CONSENSUS, APART.question, OLLAMA, prompt),
        key_of(CONSENSUS, other, OLLAMA, prompt),
        key_of(CONSENSUS, APART.question, structs.replace(OLLAMA, model="llama3.3"), prompt),
        key_of(CONSENSUS, APART.question, structs.replace(OLLAMA, parameters={"seed": 1}), prompt),
        key_of(CONSENSUS, APART.question, OLLAMA, Prompt("y", "p2")),
    }
    assert len(keys) == 5
    assert key_of(CONSENSUS, APART.question, structs.replace(OLLAMA, threshold=0.9), prompt) in keys


# many at once


class Crowded(Says):
    """Counts how many ask it at once."""

    def __init__(self) -> None:
        super().__init__(judgement())
        self.now = self.most = self.all = 0

    async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
        self.now += 1
        self.most, self.all = max(self.most, self.now), self.all + 1
        await asyncio.sleep(0)
        self.now -= 1
        return Reply(self.texts[0], rung.model)


async def test_ten_thousand_rulings_at_once_ask_a_model_no_more_than_it_takes() -> None:
    judge, rung = Crowded(), structs.replace(OLLAMA, concurrency=4, timeout_s=60)
    ladder = Ladder({"ollama": judge})
    made = await asyncio.gather(*(ladder.climb(APART, [rung]) for _ in range(10_000)))
    assert (judge.most, judge.all) == (4, 10_000)
    assert {one.opinion.rung for one in made} == {"ollama"}


async def test_who_finds_no_place_in_time_passes_up() -> None:
    class Stuck(Says):
        async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
            await asyncio.sleep(timeout)
            raise TimeoutError

    rung = structs.replace(OLLAMA, concurrency=1, timeout_s=0.05)
    ladder = Ladder({"ollama": Stuck()})
    made = await asyncio.gather(*(ladder.climb(APART, [rung]) for _ in range(50)))
    assert {one.passed[0].reason for one in made} <= {"timeout", "limited"}
    assert sum(one.passed[0].reason == "limited" for one in made) >= 40


# the shared guard, on a board in memory


class FakeBoard:
    """A board without a bucket."""

    def __init__(self) -> None:
        self.cells: dict[str, Any] = {}

    async def change(self, key: str, kind: type[Any], step: Any) -> tuple[Any, Any]:
        self.cells[key], told = step(self.cells.get(key) or kind())
        return self.cells[key], told


async def test_a_probe_that_is_answered_outside_the_schema_shows_that_the_server_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, shared = [1000.0], FakeBoard()
    monkeypatch.setattr(board, "_now", lambda: now[0])
    guard = board.SharedGuard(cast(Any, shared))

    async def called(reason: Passing) -> str:
        try:
            async with guard.call(OLLAMA, 1, 10):
                raise PassUp("so", reason)
        except PassUp as passed:
            return passed.reason

    for _ in range(LEAST):
        await called("unreachable")
    assert await called("refused") == "circuit"
    now[0] += PAUSE_S
    assert await called("refused") == "refused"
    assert await called("refused") == "refused", "nobody else is kept out once it has answered"


async def broken(now: list[float], monkeypatch: pytest.MonkeyPatch, rung: RungSetting) -> board.SharedGuard:
    """A rung whose circuit has opened."""
    monkeypatch.setattr(board, "_now", lambda: now[0])
    guard = board.SharedGuard(cast(Any, FakeBoard()))
    for _ in range(LEAST):
        with pytest.raises(PassUp):
            async with guard.call(rung, 1, 10):
                raise PassUp("so", "unreachable")
    return guard


async def test_a_probe_that_finds_no_room_in_the_limits_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    guard = await broken(now, monkeypatch, structs.replace(OLLAMA, requests_a_minute=LEAST))
    now[0] += PAUSE_S
    with pytest.raises(PassUp, match="requests a minute is used up"):
        async with guard.call(structs.replace(OLLAMA, requests_a_minute=1), 1, 10):
            pass
    async with guard.call(OLLAMA, 1, 10):
        pass


async def test_a_probe_that_could_not_ask_lets_another_one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    guard = await broken(now, monkeypatch, OLLAMA)
    now[0] += PAUSE_S
    for trouble in (LogUnavailable("nobody answers"), PassUp("no time is left", "late"), asyncio.CancelledError()):
        with pytest.raises(type(trouble)):
            async with guard.call(OLLAMA, 1, 10):
                raise trouble
    async with guard.call(OLLAMA, 1, 10):
        pass


async def test_an_open_circuit_takes_nothing_of_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    now, rung = [1000.0], structs.replace(OLLAMA, requests_a_minute=LEAST + 1)
    guard = await broken(now, monkeypatch, rung)
    for _ in range(3):
        with pytest.raises(PassUp, match="its circuit is open"):
            async with guard.call(rung, 1, 10):
                pass


async def test_who_waited_for_a_place_is_no_server_s_timeout() -> None:
    class Slow(Says):
        async def ask(self, inquiry: Inquiry, rung: RungSetting, timeout: float) -> Reply:
            async with asyncio.timeout(timeout):
                await asyncio.sleep(0.2)
            return Reply(judgement(), rung.model)

    rung = structs.replace(OLLAMA, concurrency=1, timeout_s=0.8)
    ladder = Ladder({"ollama": Slow()})
    made = await asyncio.gather(*(ladder.climb(APART, [rung]) for _ in range(12)))
    assert {one.passed[0].reason for one in made if one.passed} == {"limited"}
    assert sum(not one.passed for one in made) >= 2
