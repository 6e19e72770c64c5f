"""The audit finds what is wrong: whole debates pass, and each kind of harm done to one is named."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from zamaz.events import Fact, Recorded
from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.debater import ArgumentPresented, CallStarted, TurnFailed
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import ConsensusReached, DebateCompleted, DecisionMade, RoundStarted, TurnRequested
from zamaz.testing import START, record

from chaos.audit import weighed
from chaos.house import definitions
from chaos.laws import all_of
from chaos.purchases import Purchases, purchases
from chaos.refold import Refold
from chaos.servicelogs import noise
from chaos.trouble import Incident
from chaos.whole import PID, TICK, Whole, begun, failed, started
from servers.counting import Sale


@pytest.fixture(scope="module")
def refold(tmp_path_factory: pytest.TempPathFactory) -> Refold:
    return Refold.of(definitions(tmp_path_factory.mktemp("chaos") / "definitions"), "two_rounds")


@pytest.fixture
def story(refold: Refold) -> list[Recorded]:
    return begun(refold).to_the_end().story


def wrong(story: list[Recorded], refold: Refold) -> str:
    return "\n".join(weighed({"d1": story}, refold).wrong)


def without(story: list[Recorded], kind: type[Fact]) -> list[Recorded]:
    """Without the last fact of a type."""
    last = next(heard for heard in reversed(story) if isinstance(heard.fact, kind))
    return [heard for heard in story if heard is not last]


def with_other(story: list[Recorded], kind: type[Fact], **fields: object) -> list[Recorded]:
    """With other fields in the last fact of a type."""
    last = next(heard for heard in reversed(story) if isinstance(heard.fact, kind))
    return [replace(heard, fact=replace(heard.fact, **fields)) if heard is last else heard for heard in story]


def test_a_whole_debate_is_in_order(story: list[Recorded], refold: Refold) -> None:
    found = weighed({"d1": story}, refold, asked=["d1"])
    assert found.wrong == []
    assert (found.completed, found.turns, found.rulings, found.prices) == (1, 3, 1, 3)


def test_a_retry_that_was_stored_after_its_deadline_was_decided_before_it(refold: Refold) -> None:
    tale = begun(refold)
    first, second = tale.open_turns()
    tale.answer(second)
    tale.say(started(first), failed(first))
    failed_at = tale.story[-1].at
    retry = tale.retry(first, failed_at + timedelta(seconds=1))
    wait = retry.deadline - failed_at
    story = [*tale.story, record(len(tale.story) + 1, retry, failed_at + wait * 1.02)]
    assert "is not what the decider says" not in wrong(story, refold)
    story = [*tale.story, record(len(tale.story) + 1, replace(retry, model="c"), failed_at + wait * 1.02)]
    assert "is not what the decider says" in wrong(story, refold)


def test_a_debate_that_was_forgotten_is_missed(story: list[Recorded], refold: Refold) -> None:
    assert weighed({"d1": story}, refold, asked=["d1", "d2"]).wrong == ["d2: it was asked for and is not in the log"]


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (DebateCompleted, "0 endings"),
        (ArgumentPresented, "has no answer and was not given up"),
        (ArgumentPresented, "has no end"),
        (CallStarted, "was answered and never started"),
        (TurnRequested, "was answered and never asked"),
        (ConsensusAssessed, "was never given and not given up"),
        (CallPriced, "has no price"),
        (DebateBilled, "there is no bill"),
        (DebateBilled, "DebateBilled is still to be said"),
        (ConsensusReached, "is not what the decider says"),
    ],
)
def test_what_is_missing_is_named(story: list[Recorded], refold: Refold, kind: type[Fact], found: str) -> None:
    assert found in wrong(without(story, kind), refold)


@pytest.mark.parametrize(
    ("kind", "fields", "found"),
    [
        (DebateCompleted, {"winner": "nobody"}, "workflow.id.DebateCompleted is not what the decider says"),
        (DebateCompleted, {"cost_usd": Decimal(7)}, "workflow.id.DebateCompleted is not what the decider says"),
        (DecisionMade, {"recommendation": "Leave it."}, "workflow.id.DecisionMade is not what the decider says"),
        (RoundStarted, {"round": 2}, "workflow.id.RoundStarted.2 is not what the decider says"),
        (TurnRequested, {"model": "c"}, "is not what the decider says"),
        (DebateBilled, {"cost_usd": Decimal(7)}, "cost.id.DebateBilled is not what the decider says"),
        (CallPriced, {"amount_usd": Decimal(7)}, "was priced 7 for"),
        (ConsensusAssessed, {"score": 0.5}, "which nobody ruled"),
        (ConsensusAssessed, {"score": 0.5}, "says score 0.5, and again 1.0"),
        (ConsensusReached, {"score": 0.9}, "which nobody ruled"),
    ],
)
def test_what_was_said_otherwise_is_named(
    story: list[Recorded], refold: Refold, kind: type[Fact], fields: dict[str, object], found: str
) -> None:
    assert found in wrong(with_other(story, kind, **fields), refold)


@pytest.mark.parametrize("kind", [TurnRequested, CallPriced, DebateCompleted, RoundStarted])
def test_what_was_said_twice_is_named(story: list[Recorded], refold: Refold, kind: type[Fact]) -> None:
    again = record(len(story) + 1, all_of(story, kind)[-1], START)
    assert "was said 2 times" in wrong([*story, again], refold)


def test_a_second_answer_of_another_kind_is_named(story: list[Recorded], refold: Refold) -> None:
    turn = all_of(story, TurnRequested)[0].turn
    failure = TurnFailed(turn=turn, call=f"{turn}-1", kind="timeout", why="late", retryable=True)
    assert f"turn {turn} has 2 answers" in wrong([*story, record(len(story) + 1, failure)], refold)


def test_a_call_that_was_started_after_the_answer_is_named(story: list[Recorded], refold: Refold) -> None:
    turn = all_of(story, TurnRequested)[0]
    late = record(len(story) + 1, started(turn, 2))
    assert f"call {turn.turn}-2 was started after its turn was answered" in wrong([*story, late], refold)


# What was bought.


def taken_over(refold: Refold) -> tuple[Whole, TurnRequested]:
    """A debate whose first turn was called twice: the first call found no answer."""
    tale = begun(refold)
    turn = tale.open_turns()[0]
    tale.say(started(turn))
    tale.answer(turn, 2, "other-4712-beef")
    return tale, turn


def bought(tale: Whole, *incidents: Incident, also: tuple[Sale, ...] = ()) -> Purchases:
    """Every call was asked for once, a tick after it was announced, and then what `also` says."""
    made = [Sale(h.fact.call, h.at) for h in tale.story if isinstance(h.fact, CallStarted)]
    return purchases(tale.story, [*made, *also], incidents)


def met(kind: str, tale: Whole, after: float = 0.0, lasts: float | None = None, pid: int = PID) -> Incident:
    began = tale.story[0].at + timedelta(seconds=after)
    return Incident(kind, "debater-2", pid, began, began + timedelta(seconds=lasts) if lasts is not None else None)


@pytest.mark.parametrize(
    ("kind", "lasts", "cause"),
    [("kill", None, "debater killed"), ("stop", 5.0, "debater stopped"), ("hold", 5.0, "debater cut off")],
)
def test_a_second_purchase_is_explained_by_what_befell_the_first_buyer(
    refold: Refold, kind: str, lasts: float | None, cause: str
) -> None:
    tale, _ = taken_over(refold)
    found = bought(tale, met(kind, tale, lasts=lasts))
    assert (found.wrong, dict(found.again), found.takeovers) == ([], {cause: 1}, 1)


def test_a_second_purchase_without_a_reason_is_wrong(refold: Refold) -> None:
    tale, turn = taken_over(refold)
    for incidents in (
        [],
        [met("kill", tale, pid=1)],
        [met("term", tale, lasts=1)],
        [met("stop", tale, after=60, lasts=5)],
    ):
        found = bought(tale, *incidents)
        assert dict(found.again) == {"unexplained": 1}
        assert f"call {turn.turn}-2 was bought again for no reason that is known" in found.wrong[0]


def test_a_takeover_of_a_call_that_was_never_made_buys_nothing_again(refold: Refold) -> None:
    tale, turn = taken_over(refold)
    found = purchases(tale.story, [Sale(f"{turn.turn}-2", tale.story[-2].at)], [])
    assert (found.wrong, found.takeovers, dict(found.again)) == ([], 1, {})


def test_a_purchase_after_the_answer_stood_is_wrong(refold: Refold) -> None:
    tale, turn = taken_over(refold)
    tale.say(started(turn, 3))
    found = bought(tale, met("kill", tale), met("kill", tale, pid=4712))
    assert f"call {turn.turn}-3 was bought" in found.wrong[0]
    assert "after its turn's answer stood" in found.wrong[0]


def test_one_call_that_was_bought_twice_is_wrong(refold: Refold) -> None:
    tale, turn = taken_over(refold)
    found = bought(tale, met("kill", tale), also=(Sale(f"{turn.turn}-1", START + TICK),))
    assert found.wrong == [f"call {turn.turn}-1 was bought 2 times"]


def test_a_purchase_that_was_never_announced_is_wrong(refold: Refold) -> None:
    found = bought(begun(refold), also=(Sale("nobodys-1", START),))
    assert found.wrong == ["call nobodys-1 was bought and never started"]


# What the services logged.


def test_errors_are_counted_by_kind_and_trouble_is_told_from_bugs(tmp_path: Path) -> None:
    gone = '"exception": "Traceback\\nzamaz.errors.LogUnavailable: EVENTS does not answer"'
    bug = '"exception": "Traceback\\nZeroDivisionError: division by zero"'
    (tmp_path / "cost-3.log").write_text(
        f'{{"level": "info", "event": "listening"}}\n'
        f'{{"level": "error", "event": "gave back evt.debater.d1.TurnFailed.t (delivery 1)", {gone}}}\n'
        f'{{"level": "error", "event": "gave back evt.debater.d2.TurnFailed.t (delivery 7)", {bug}}}\n'
        f'{{"level": "error", "event": "gave back evt.debater.d3.TurnFailed.t (delivery 9)", {bug}}}\n'
        "Segmentation fault\n"
    )
    found = noise([tmp_path / "cost-3.log"])
    assert dict(found.expected) == {"LogUnavailable": 1}
    assert dict(found.unexpected) == {
        "cost: gave back … (delivery …) ZeroDivisionError: division by zero": 2,
        "cost: no log line: Segmentation fault": 1,
    }
