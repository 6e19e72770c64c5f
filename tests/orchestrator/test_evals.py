"""The figures that `zamaz eval` prints: on the project's own labelled answers, bounded from below."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from zamaz.definition import default_folder
from zamaz.errors import ZamazError
from zamaz.evals import Asked
from zamaz_orchestrator.evals import rows
from zamaz_orchestrator.evals.agreement import consensus
from zamaz_orchestrator.evals.figures import scored
from zamaz_orchestrator.evals.stopping import RULES, Answer, stopping, unanimous
from zamaz_orchestrator.reading.workings import working_of

OWN = Path(__file__).parent / "labelled"
SHOWN = {
    "question": "What is 1 + 1?",
    "answer": 2,
    "rounds": [{"a": "The answer is 2.", "b": "The answer is 3."}, {"a": "It is 2.", "b": "The answer is 2."}],
}


def own(name: str, *rungs: str) -> Asked:
    return Asked(name, (OWN / name).read_bytes(), default_folder(), rungs)


def asked(*entries: object) -> Asked:
    return Asked("file", "\n".join(json.dumps(entry) for entry in entries).encode(), default_folder())


async def figures(name: str) -> dict[str, Any]:
    return (await consensus(own(name))).figures


async def test_on_prose_the_rules_beat_everything_that_does_not_read_the_answers():
    found = await figures("prose.json")
    for part in found["parts"].values():
        ours = part.pop("the rungs")
        assert ours["macro_f1"] >= 0.75
        assert ours["accuracy"] >= 0.8
        for name, beside in part.items():
            assert ours["macro_f1"] > beside["macro_f1"] + 0.2, name
    assert found["parts"].keys() == {"all", "questions that begin with Should"}


async def test_an_answer_beside_one_to_another_question_agrees_with_nothing():
    checks = (await figures("prose.json"))["checks"]
    assert checks["swapped pairs"]["n"] == 400
    assert checks["swapped pairs"]["share"] >= 0.98
    assert checks["a text and itself"] == {"n": 28, "wanted": "full", "share": 1.0, "said": {"full": 28}}


async def test_nearness_of_meaning_is_a_second_signal_where_it_is_installed():
    pytest.importorskip("onnxruntime")
    found = (await consensus(own("prose.json", "embeddings"))).figures
    assert found["answered"] == {"embeddings": 28}
    assert found["parts"]["all"]["the rungs"]["macro_f1"] >= 0.7
    assert found["checks"]["swapped pairs"]["share"] >= 0.98


async def test_where_nobody_can_be_asked_a_text_agrees_with_itself_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ZAMAZ_LOCAL_URL", raising=False)
    found = (await consensus(own("prose.json", "local"))).figures
    assert found["answered"] == {"default": 28}
    assert found["checks"]["a text and itself"]["share"] == 1.0
    assert found["checks"]["swapped pairs"]["share"] == 1.0


async def test_rules_cost_nothing():
    found = await figures("prose.json")
    assert found["cost_usd"] == 0
    assert found["tokens"] == {"input": 0, "output": 0}


async def test_on_numbers_the_rules_read_what_an_answer_ends_on():
    found = await figures("answers.jsonl")
    assert found["parts"]["all"]["the rungs"]["balanced_accuracy"] >= 0.95
    assert found["parts"]["all"]["last number"]["balanced_accuracy"] < 0.85
    assert found["unlabelled_pairs"] == 0
    assert found["checks"]["swapped pairs"]["share"] >= 0.98


async def test_a_bolder_rule_saves_a_fifth_of_the_calls_and_loses_no_correction():
    found = (await stopping(own("answers.jsonl"))).figures
    bold = found["rules"]["a majority agrees, each showing working that holds"]
    assert bold["saved_share"] >= 0.2
    assert bold["lost"] == 0
    assert bold["prevented"] == 1
    assert found["controls"]["the first round's vote"] < found["controls"]["the last round's vote"]


async def test_a_control_that_is_too_bold_loses_corrections_and_names_each():
    control = (await stopping(own("answers.jsonl"))).figures["rules"]["a majority agrees (control)"]
    assert control["lost"] == 3
    assert {"id": "own-05", "stopped_on": "77", "was": "47", "right": "47"} in control["endings"]
    assert len(control["endings"]) == control["changed"]


async def test_a_debate_of_one_round_cannot_stop_earlier():
    one = {**SHOWN, "rounds": [{"a": "The answer is 2.", "b": "The answer is 2."}]}
    found = (await stopping(asked(one))).figures
    assert {rule["stopped"] for rule in found["rules"].values()} == {0}


def test_silence_is_no_agreement():
    nothing = Answer(None, working_of(""))
    assert unanimous([nothing, nothing]) is None
    assert all(rule([nothing, nothing, nothing]) is None for rule in RULES.values())
    said = Answer(Decimal(3), working_of("1 + 2 = 3"))
    assert all(rule([said, nothing, nothing]) is None for rule in RULES.values())


def test_what_people_read_wins_over_plain_readings_and_a_disputed_answer_is_left_out():
    disputed = {**SHOWN, "rounds": [{"a": "The answer is 2, not 9", "b": "The answer is 2."}]}
    assert rows.pairs(rows.stored(asked(disputed))) == ((), 1)
    read = {**disputed, "finals": [{"a": 2, "b": None}]}
    ((pair,), unread) = rows.pairs(rows.stored(asked(read)))
    assert (pair.label, unread) == ("none", 0), "who settles on nothing agrees with nobody"


def typed_row(label: str, one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    responses = {"ann": "Yes, split it.", "bob": "No, do not split it."}
    blocks = {"ann": {"position": "Split it.", **one}, "bob": {"position": "Leave it.", **other}}
    return {"question": "Should we split it?", "responses": responses, "label": label, "blocks": blocks}


async def test_typed_blocks_are_held_against_the_label_of_the_prose():
    seen = typed_row("full", {"on_others": {"bob": "agree"}}, {"on_others": {"ann": "agree"}})
    chosen = typed_row("none", {"choice": "split"}, {"choice": "keep"})
    silent = typed_row("none", {}, {})
    half = {**silent, "blocks": {"ann": {"position": "Split it."}}}
    found = (await consensus(asked(seen, chosen, silent, half))).figures
    part = found["parts"]["where every answer has a typed block"]
    assert (part["by typed block"]["n"], part["by typed block"]["accuracy"]) == (3, 1.0)
    assert part["by prose"]["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["typed"]["answered"] == {"rules": 2, "default": 1}, "who says nothing of the other agrees with nobody"
    assert found["checks"]["a block and itself"] == {"n": 3, "wanted": "full", "share": 1.0, "said": {"full": 3}}


def held_debate(position: str | None = "Leave it.") -> list[dict[str, Any]]:
    """As `zamaz show ID --json` prints it."""
    answer = {"call": "c", "round": 1, "provider": "p", "model": "m", "latency_ms": 1, "type": "ArgumentPresented"}
    turn = {"round": 1, "step": "a", "provider": "p", "model": "m", "deadline": "2026-01-01T00:00:00Z"}
    turns = [
        {"type": "TurnRequested", "turn": f"t{name}", "participant": name, "labels": {"A": other}, **turn}
        for name, other in (("ann", "bob"), ("bob", "ann"))
    ]
    ruling = {"type": "RulingRequested", "ruling": "r", "kind": "consensus", "round": 1, "sees": 9}
    return [
        {"seq": 1, "voice": "client", "type": "DebateRequested", "question": "Should we split it?"},
        *turns,
        {**answer, "turn": "tann", "participant": "ann", "argument": "I would.", "position": "Split it."},
        {
            **answer, "turn": "tbob", "participant": "bob", "argument": "Never.", "position": position,
            "on_others": {"A": "disagree"},
        },
        {**ruling, "turns": ["tann", "tbob"], "deadline": "2026-01-01T00:00:00Z"},
        {**answer, "turn": "final", "participant": "ann", "argument": "Decided.", "position": "Split it."},
        {"type": "DebateCompleted", "rounds": 1},
    ]  # fmt: skip


async def test_a_debate_is_read_out_of_its_facts():
    (row,) = rows.labelled(asked({"label": "none", "facts": held_debate()}))
    assert row.question == "Should we split it?"
    assert row.responses == {"ann": "I would.", "bob": "Never."}, "its decision is no answer"
    assert row.blocks["bob"].on_others == {"ann": "disagree"}
    (unparsed,) = rows.labelled(asked({"label": "none", "facts": held_debate(None)}))
    assert unparsed.blocks.keys() == {"ann"}
    found = (await consensus(asked({"label": "none", "facts": held_debate()}))).figures
    assert found["parts"]["where every answer has a typed block"]["by typed block"]["n"] == 1


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"label": "none", "facts": held_debate()[1:]}, "entry 1: its facts hold no DebateRequested"),
        ({"label": "none", "facts": held_debate()[:2]}, "entry 1: its facts hold no RulingRequested of a consensus"),
        ({**typed_row("none", {}, {}), "responses": {"a": "x", "b": "y"}}, "a block of 'ann', who gave no response"),
        ({"question": "?", "responses": {"a": "x"}, "label": "full"}, "entry 1: 1 responses, and two are compared"),
        ({"question": "?", "responses": {"a": "x", "b": "y"}, "label": "some"}, "entry 1: Invalid enum value 'some'"),
        ({"question": "?", "label": "full"}, "missing required field `responses`"),
        ({**SHOWN, "rounds": [{}]}, "entry 1: a round without answers"),
        ({**SHOWN, "finals": [{"a": 2}]}, "entry 1: finals are not those of its rounds' answers"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_the_place(entry: dict[str, object], told: str):
    with pytest.raises(ZamazError, match=told):
        await consensus(asked(entry))


@pytest.mark.parametrize("data", [b"", b"[]", b"[{", b"nonsense"])
async def test_an_empty_or_broken_file_is_refused(data: bytes):
    with pytest.raises(rows.Unread, match="file: "):
        await consensus(Asked("file", data, default_folder()))


async def test_a_rung_that_there_is_not_is_refused_with_those_there_are():
    with pytest.raises(ZamazError, match=r"no rung 'oracle' for consensus: .*rules"):
        await consensus(own("prose.json", "oracle"))


def test_figures_of_a_worked_example():
    found = scored(["full", "full", "none", "none"], ["full", "none", "none", "none"], lambda n: range(n))
    assert (found.n, found.accuracy, found.balanced) == (4, 0.75, 0.75)
    assert found.per_class["full"] == {"n": 2, "said": 1, "precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3)}
    assert found.macro_f1 == pytest.approx((2 / 3 + 0.8) / 2)
    assert found.intervals["accuracy"] == (0.75, 0.75), "a draw of everything is the sample itself"
