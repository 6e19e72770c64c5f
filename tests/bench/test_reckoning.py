"""What is reckoned out of samples and facts."""

from __future__ import annotations

import random
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from zamaz.events import Fact, Recorded
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented, CallStarted
from zamaz.events.flow import Flow
from zamaz.events.workflow import DebateStarted, TurnRequested
from zamaz.testing import START, record

from bench import bare, disk, scripts, step, views, words
from bench.report import Aim, Row, heading


@pytest.mark.parametrize(
    ("aim", "found", "verdict"),
    [
        (Aim(5, 2), 1.9, "stretch"),
        (Aim(5, 2), 5, "ok"),
        (Aim(5, 2), 5.1, "below"),
        (Aim(0, 0), 0, "stretch"),
        (Aim(0, 0), 1, "below"),
        (Aim(50, 90, better="more"), 90, "stretch"),
        (Aim(50, 90, better="more"), 50, "ok"),
        (Aim(50, 90, better="more"), 49, "below"),
    ],
)
def test_a_figure_is_held_against_its_aim_in_the_aims_direction(aim: Aim, found: float, verdict: str) -> None:
    assert aim.verdict(found) == verdict


def test_a_rows_ratio_is_that_of_the_medians() -> None:
    row = Row("CPU", "ms", [8, 100, 6], [2, 1, 50], Aim(4, 2.5, "ratio"))

    assert (row.value, row.ratio, row.verdict) == (8, 4, "ok")
    assert row.cells() == ("CPU [ms]", "8", "6 - 100", "2", "4.00", "4x", "2.5x", "ok")


def test_an_aim_of_a_ratio_says_nothing_without_a_floor() -> None:
    assert Row("CPU", "ms", [8], [], Aim(4, 2.5, "ratio")).verdict == ""


@pytest.mark.parametrize(("load", "warned"), [(0.4, False), (7.5, True)])
def test_a_busy_machine_is_told(load: float, warned: bool) -> None:
    assert ("Other work is running" in heading({"cores": 2, "load_1m": load})) == warned


def turn(name: str) -> TurnRequested:
    return TurnRequested(
        turn=name, round=1, step="s", participant="p", provider="script", model="m", deadline=START
    )  # fmt: skip


def argument(name: str, text: str = "because") -> ArgumentPresented:
    return ArgumentPresented(
        turn=name,
        call=f"{name}-1",
        round=1,
        participant="p",
        argument=text,
        position="Yes.",
        provider="script",
        model="m",
        latency_ms=0,
    )


def call(name: str) -> CallStarted:
    return CallStarted(call=f"{name}-1", turn=name, by="me", provider="script", model="m", prompt_digest="none")


def told(*said: tuple[int, Fact]) -> list[Recorded]:
    """Facts, each with its milliseconds since the start."""
    return [record(n, fact, START + timedelta(milliseconds=at)) for n, (at, fact) in enumerate(said, 1)]


def test_a_hop_goes_from_the_fact_of_the_same_key() -> None:
    story = told((0, turn("a")), (10, turn("b")), (13, call("a")), (15, call("b")), (40, argument("a")))

    found = step.hops([story])

    assert found["turn asked - call"] == [13, 5]
    assert found["call - argument"] == [27]


def test_a_hop_without_a_key_goes_from_the_newest_cause() -> None:
    started = DebateStarted(workflow="w", flow=Flow(id="w", steps=()), flow_digest="none", seats=())

    assert step.hops([told((0, DebateRequested(question="?")), (4, started))]) == {"request - start": [4]}


def test_a_step_is_the_debates_time_over_its_seven_calls() -> None:
    assert step.a_step(told((0, turn("a")), (70, argument("a")))) == 10


def test_text_is_what_people_and_models_wrote() -> None:
    assert disk.text_bytes(DebateRequested(question="Eh?", options=("ä", "b"))) == 6
    assert disk.text_bytes(argument("a", "four")) == 8
    assert disk.text_bytes(turn("a")) == 0


def test_bare_services_pass_seven_questions_to_and_fro() -> None:
    passed = ["bare.c.request.0"]
    while ".done." not in passed[-1]:
        passed.append(bare.following(passed[-1])[0])

    assert [subject.split(".")[2] for subject in passed] == ["request", *["ask", "answer"] * 7, "done"]


def test_answers_are_of_the_wanted_size_and_differ_from_script_to_script(tmp_path: Path) -> None:
    one, other = (scripts.script(name, 0)["answers"] for name in ("null-00", "null-01"))

    sizes = [len(answer["argument"]) + len(answer["position"]) for answer in one]
    assert len(one) == 5 and all(abs(size - scripts.ANSWER_BYTES) < 24 for size in sizes)
    assert len({answer["argument"] for answer in [*one, *other]}) == 10
    assert scripts.script("null-00", 0)["answers"] == one


def test_prose_has_the_length_that_was_asked_for() -> None:
    assert 490 < len(words.prose(random.Random(1), 500)) <= 500


def test_the_views_are_filled_with_whole_debates_and_every_reading_is_timed(tmp_path: Path):
    rows = {row.figure: row for row in views.carried_out(tmp_path / "views.sqlite", 30)}
    assert set(views.READS) <= set(rows)
    assert rows["list"].value > 0
    with sqlite3.connect(tmp_path / "views.sqlite") as database:
        assert database.execute("SELECT COUNT(*), COUNT(DISTINCT workflow) FROM debates").fetchone() == (30, 4)
        assert database.execute("SELECT SUM(debates) FROM endings WHERE span = 'day'").fetchone() == (30,)
