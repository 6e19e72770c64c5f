"""The typed answer: its schema, and how it is read back from what models really send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zamaz.events import encode
from zamaz_debater.answer import MAX_POSITION, MAX_TEXT, Shape, described, parse, schema

SHAPE = Shape(("Split it", "Keep it"), ("A", "B"), 400)
GOOD = {
    "argument": "Because **it** pays.",
    "position": "Split it slowly.",
    "verdict": "amend",
    "choice": "Split it",
    "on_others": {"A": "agree", "B": "partly"},
    "confidence": 0.7,
}


def read(**changes: Any) -> Any:
    return parse(json.dumps({**GOOD, **changes}), SHAPE)


def test_a_good_answer_is_read_whole() -> None:
    parsed = read()
    assert (parsed.argument, parsed.position, parsed.unparsed) == ("Because **it** pays.", "Split it slowly.", "")
    assert (parsed.verdict, parsed.choice, parsed.confidence) == ("amend", "Split it", 0.7)
    assert parsed.on_others == {"A": "agree", "B": "partly"}


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "```json\n{}\n```",
        "Sure, here it is:\n\n```\n{}\n```\nI hope that helps.",
        '<think>{{"not": "this"}} or [1, 2] or {{</think>{}',
        "\ufeff  {}  ",
    ],
)
def test_prose_and_fences_around_the_block_are_passed_over(around: str) -> None:
    assert parse(around.format(json.dumps(GOOD)), SHAPE).position == "Split it slowly."


def test_an_answer_without_a_block_keeps_its_text_and_is_no_vote() -> None:
    parsed = parse("I would split it.", SHAPE)
    assert (parsed.argument, parsed.position) == ("I would split it.", None)
    assert "no JSON object" in parsed.unparsed


def test_an_answer_that_was_cut_off_keeps_its_text_and_is_no_vote() -> None:
    for finish in ("length", "max_tokens"):
        parsed = parse(json.dumps(GOOD)[:50], SHAPE, finish)
        assert parsed.position is None
        assert parsed.argument == "Because **it** pays."
        assert "400 tokens" in parsed.unparsed


def test_a_block_that_is_whole_counts_although_what_followed_was_cut_off() -> None:
    assert parse(json.dumps(GOOD) + "\n" * 500, SHAPE, "length").position == "Split it slowly."


@pytest.mark.parametrize("position", ["", "  \n ", None, 7])
def test_an_empty_position_is_no_vote(position: Any) -> None:
    parsed = read(position=position)
    assert parsed.position is None
    assert parsed.argument == "Because **it** pays."
    assert parsed.unparsed


def test_a_position_is_one_line_of_bounded_length() -> None:
    assert read(position="Split\n it. ").position == "Split it."
    assert len(read(position="x" * 5000).position) == MAX_POSITION


@pytest.mark.parametrize(
    ("given_", "kept"),
    [(0.5, 0.5), (1, 1.0), (85, 1.0), (-3, 0.0), ("high", 0.0), (None, 0.0), (True, 0.0), (float("nan"), 0.0)],
)
def test_confidence_is_clamped_and_what_is_no_number_counts_as_none(given_: Any, kept: float) -> None:
    assert read(confidence=given_).confidence == kept


def test_labels_that_were_not_seen_and_words_that_mean_nothing_are_dropped() -> None:
    parsed = read(on_others={"A": "AGREE ", "B": "maybe", "Z": "agree"}, verdict="perhaps", choice="Burn it")
    assert parsed.on_others == {"A": "agree"}
    assert (parsed.verdict, parsed.choice) == (None, None)
    assert read(on_others=["A"]).on_others == {}


def test_a_choice_is_one_of_the_options_as_they_were_written() -> None:
    assert read(choice=" split IT ").choice == "Split it"
    assert parse(json.dumps(GOOD), Shape()).choice is None


def test_a_text_that_no_log_could_hold_is_made_harmless() -> None:
    parsed = parse('{"argument": "a\\ud800b", "position": "p\\udfff", "confidence": 1e999}', SHAPE)
    assert parsed.argument == "a?b"
    assert parse("x" * (MAX_TEXT * 2), SHAPE).argument == "x" * MAX_TEXT
    parse("{" * 90_000, SHAPE)
    parse('{"a":' * 20_000, SHAPE)
    parse('{"position": ' + "9" * 5000 + "}", SHAPE)


@given(
    st.text()
    | st.recursive(st.none() | st.text() | st.floats(), lambda x: st.dictionaries(st.text(), x)).map(json.dumps)
)
def test_any_text_at_all_can_be_read_and_stored(text: str) -> None:
    from debater.table import argued

    parsed = parse(text, SHAPE)
    encode(argued("t1", "opus", parsed.position, argument=parsed.argument, confidence=parsed.confidence))


def test_every_field_of_the_schema_is_required_and_no_other_is_allowed() -> None:
    for shape in (SHAPE, Shape()):
        made = schema(shape, bounded=True)
        assert made["required"] == list(made["properties"])
        assert made["additionalProperties"] is False
    assert set(schema(Shape(), bounded=False)["properties"]) == {"argument", "position", "verdict", "confidence"}
    others = schema(SHAPE, bounded=False)["properties"]["on_others"]
    assert others["required"] == ["A", "B"]


def test_bounds_stand_in_the_schema_or_in_words() -> None:
    bounded, words = (json.dumps(schema(SHAPE, bounded=b)) for b in (True, False))
    assert '"maxLength": 300' in bounded
    assert not [key for key in ("maxLength", "minimum", "maximum") if key in words]
    assert "at most 300 characters" in words


def test_the_argument_leaves_room_for_the_rest_and_for_grammars() -> None:
    assert SHAPE.max_argument < 400 * 3
    assert schema(Shape(max_output_tokens=6000), bounded=True)["properties"]["argument"]["maxLength"] < 2000
    assert schema(Shape(max_output_tokens=16), bounded=True)["properties"]["argument"]["maxLength"] > 0


def test_the_words_ask_for_the_same_fields() -> None:
    for shape in (SHAPE, Shape(), Shape(labels=("A",))):
        asked = [line.split(":")[0].removeprefix("- ") for line in described(shape).splitlines()[1:]]
        assert sorted(asked) == sorted(schema(shape, bounded=True)["properties"])
