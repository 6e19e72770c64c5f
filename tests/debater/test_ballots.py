"""Votes: how they are asked for, and how they are read."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from msgspec.structs import replace

from zamaz.events.client import DebateRequested
from zamaz.events.flow import Step
from zamaz.events.voting import ProtocolSetting
from zamaz.events.workflow import DebateStarted, TurnRequested
from zamaz_debater import prompts
from zamaz_debater.answer import Shape, described, parse, schema
from zamaz_debater.turn import Debate

from debater.table import FLOW, LABELS, REQUEST, argued, asked, debate, reads_as_kept, rendered, started

OPTIONS = ("Split it", "Keep it", "Wait")
VOTING = replace(FLOW, steps=(*FLOW.steps, Step(id="ballots", type="vote", instruction="Vote for what lasts.")))


def shape(kind: Literal["choice", "approvals", "ranking"]) -> Shape:
    return Shape(OPTIONS, ("A",), 400, kind)


def read(kind: Literal["choice", "approvals", "ranking"], **said: Any) -> Any:
    return parse(json.dumps({"argument": "Because.", "confidence": 0.8, **said}), shape(kind))


def test_a_choice_is_a_vote() -> None:
    parsed = read("choice", choice=" split IT")
    assert (parsed.choice, parsed.position, parsed.confidence, parsed.argument) == (
        "Split it",
        "Split it",
        0.8,
        "Because.",
    )


def test_a_ranking_keeps_its_order_and_may_be_partial() -> None:
    parsed = read("ranking", ranking=["wait", "Burn it", "Split it", "Wait"])
    assert (parsed.ranking, parsed.position, parsed.choice) == (("Wait", "Split it"), "Wait > Split it", None)


def test_approvals_are_all_that_are_named() -> None:
    parsed = read("approvals", approvals=["Keep it", "Wait"])
    assert (parsed.approvals, parsed.ranking, parsed.choice) == (("Keep it", "Wait"), (), None)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("choice", {"choice": "Abstain"}), ("ranking", {"ranking": []}), ("approvals", {"approvals": []})],
)
def test_who_abstains_has_answered_and_chosen_nothing(kind: Any, said: Any) -> None:
    parsed = read(kind, **said)
    assert (parsed.position, parsed.choice, parsed.approvals, parsed.ranking) == ("abstain", None, (), ())
    assert parsed.unparsed == ""


def test_an_option_called_abstain_is_an_option() -> None:
    parsed = parse('{"choice": "abstain"}', Shape(("abstain", "act"), ballot="choice"))
    assert parsed.choice == "abstain"
    assert schema(Shape(("abstain", "act"), ballot="choice"), bounded=True)["properties"]["choice"]["enum"] == [
        "abstain",
        "act",
    ]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("choice", {"choice": "Burn it"}),
        ("choice", {"choice": None}),
        ("ranking", {"ranking": ["Burn it"]}),
        ("ranking", {"ranking": 7}),
        ("approvals", {"approvals": {"Wait": True}}),
        ("choice", {"position": "Split it."}),
    ],
)
def test_a_ballot_that_names_nothing_on_it_is_no_vote_and_no_abstention(kind: Any, said: Any) -> None:
    parsed = read(kind, **said)
    assert parsed.position is None
    assert parsed.unparsed


def test_a_ballot_asks_for_a_vote_and_for_no_position() -> None:
    for kind, of in (("choice", "string"), ("ranking", "array"), ("approvals", "array")):
        wanted: Any = Shape(OPTIONS, ballot=kind)  # type: ignore[arg-type]
        made = schema(wanted, bounded=False)
        assert made["properties"][kind]["type"] == of
        assert list(made["properties"]) == made["required"] == ["argument", kind, "confidence"]
        lines = [line.split(":")[0].removeprefix("- ") for line in described(wanted).splitlines()[1:]]
        assert sorted(lines) == sorted(made["properties"])


def voting(protocol: Any, turn: TurnRequested, request: DebateRequested = REQUEST) -> Debate:
    begun: DebateStarted = replace(started(), flow=replace(VOTING, protocol=ProtocolSetting(name=protocol)))
    first = asked("b1", round=1, step="ballots", participant="gemini", sees=5, labels=LABELS, choices=OPTIONS)
    return debate(
        request,
        begun,
        argued("o1", "opus", "Split it slowly.", choice="Split it"),
        argued("g1", "gemini", "Keep it.", choice="Keep it", verdict="reject"),
        first,
        argued("b1", "gemini", "Split it", argument="A secret reason.", choice="Split it"),
        turn,
    )


CASES = {
    "vote": (
        "ranked",
        asked("v1", step="ballots", sees=4, labels={"A": "opus", "B": "gemini"}, choices=OPTIONS),
        DebateRequested(question="Should we split it?", options=OPTIONS),
    ),
    "vote_on_positions": (
        "majority",
        asked("v1", step="ballots", sees=4, labels={"A": "opus", "B": "gemini"}, choices=("A", "B")),
        REQUEST,
    ),
    "final_after_a_vote": (
        "majority",
        asked("f1", step="final_decision", sees=6, labels=LABELS, adopted="Split it </adopted> now"),
        REQUEST,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_prompt_reads_as_it_is_kept(name: str) -> None:
    protocol, turn, request = CASES[name]
    prompt = rendered(voting(protocol, turn, request), turn)
    reads_as_kept(name, prompt)


def test_nobody_is_shown_a_ballot() -> None:
    late = asked("f1", step="final_decision", sees=9, labels=LABELS)
    user = rendered(voting("majority", late), late).user
    assert "Keep it." in user
    assert "A secret reason." not in user


def test_what_is_asked_of_a_ballot_is_what_its_protocol_counts() -> None:
    turn = asked("v1", step="ballots", sees=4, labels=LABELS, choices=OPTIONS)
    for protocol, kind in (("ranked", "ranking"), ("approval", "approvals"), ("supermajority", "choice")):
        made = prompts.shape(voting(protocol, turn), turn)
        assert (made.ballot, made.options, made.labels) == (kind, OPTIONS, ())
