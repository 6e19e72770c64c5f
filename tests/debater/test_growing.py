"""What can be read of an answer that is still being written."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zamaz_debater.answer import Shape, parse
from zamaz_debater.growing import grown

WHOLE = json.dumps({"argument": 'Say "no": ä, 🙂\nand go.', "position": "No."})


def test_the_argument_grows_and_is_never_taken_back() -> None:
    told = [grown(WHOLE[:n]) for n in range(len(WHOLE) + 1)]
    assert all(later.startswith(earlier) for earlier, later in pairwise(told))
    assert told[-1] == json.loads(WHOLE)["argument"]
    assert 'Say "no"' in told


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ""),
        ("I would do it, bec", "I would do it, bec"),
        ('```json\n{"argument": "Beca', "Beca"),
        ('```json\n{"argument": "Because."}\n```\nThat is', "Because."),
        ('{"position": "Do it.", "arg', ""),
        ('Well. {"argument": 7', "Well."),
        ("{broken", ""),
    ],
)
def test_what_stands_around_the_object_is_passed_over(text: str, read: str) -> None:
    assert grown(text) == read


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    assert isinstance(grown(text), str)
    assert isinstance(grown('{"argument": "' + text), str)


def test_the_argument_of_an_answer_that_was_cut_off_is_kept_as_words() -> None:
    parsed = parse(WHOLE[:21], Shape(max_output_tokens=16), "length")
    assert parsed.argument == 'Say "n'
    assert "cut off at its limit of 16 tokens" in parsed.unparsed
