"""The existing application's files, as it wrote them: with answers, and with errors where answers should be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from zamaz.compat import legacy
from zamaz.errors import RecordRefused
from zamaz.events import encode
from zamaz.events.client import MAX_IMPORTED_BYTES, ImportedAnswer
from zamaz.subjects import is_token

from compat.before import STORED, stored


def test_a_stored_debate_becomes_a_record_with_everything_that_it_held():
    record = legacy.read(stored())
    assert (record.id, record.question) == (STORED["id"], STORED["question"])
    assert (record.context, record.complexity) == ("It is big.", "complex")
    (only,) = record.rounds
    assert only.round == 1
    assert only.answers == (
        ImportedAnswer(participant="claude", text="Split it."),
        ImportedAnswer(participant="gemini", text="Keep it."),
    )
    assert (record.decision, record.decision_error) == (STORED["final_decision"], False)
    assert (record.started_at, record.ended_at) == (STORED["start_time"], STORED["end_time"])


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " \n",
        "Error: connection refused",
        "error: quota",
        "Gemini error: No module named 'openai'",
        "[Gemini unavailable]",
        "[Error: no response from the model]",
        "Error code: 429 - {'type': 'error', 'error': {'type': 'rate_limit_error'}}",
        "anthropic.APITimeoutError: Request timed out.",
        '{"error": {"code": 503, "message": "overloaded"}}',
        "{'type': 'error', 'error': {'message': 'overloaded'}}",
        "429 You exceeded your current quota, please check your plan.",
        "Traceback (most recent call last):\n  File ...",
    ],
)
def test_an_error_in_place_of_an_answer_is_kept_and_marked(text: str | None):
    record = legacy.read(stored(rounds=[{"round": 1, "claude": "Split it.", "gemini": text}]))
    claude, gemini = record.rounds[0].answers
    assert not claude.error
    assert gemini == ImportedAnswer(participant="gemini", text=text or "", error=True)
    assert not record.decision_error, "one of them answered"


@pytest.mark.parametrize(
    "text",
    [
        "Error handling comes first: without it, data is lost.",
        "The root error: nobody owns the schema. Split it.",
        "## Critical Analysis\n\nError: the word appears in logs.",
        "[Draft] Split it, unavailable or not.",
        "404 pages are the smaller problem.",
        "{braces} are no error.",
        "Claude error handling is missing.",
    ],
)
def test_an_answer_that_speaks_of_errors_is_an_answer(text: str):
    record = legacy.read(stored(rounds=[{"round": 1, "claude": text, "gemini": "Keep it."}]))
    assert not record.rounds[0].answers[0].error


def test_a_decision_that_rests_on_errors_alone_is_none():
    silent = [{"round": 1, "claude": "Claude error: timeout", "gemini": None}]
    assert legacy.read(stored(rounds=silent)).decision_error
    assert legacy.read(stored(final_decision="")).decision_error
    assert legacy.read(stored(final_decision="Error: nobody answered")).decision_error


@pytest.mark.parametrize(
    "text", ["Claude error: Error code: 401", "Gemini API error: 429", "API Error: 500", "Error calling Claude: no key"]
)
def test_an_error_that_stands_for_a_decision_is_none_whoever_it_names(text: str):
    body = json.dumps({"id": "d", "question": "Split it?", "rounds": [], "final_decision": text}).encode()
    assert legacy.read(body).decision_error


def test_rounds_keep_their_numbers_and_whoever_spoke_in_them():
    rounds = [{"round": 2, "gpt": "A."}, {"gpt": "B.", "grok": "C."}]
    read = legacy.read(stored(rounds=rounds)).rounds
    assert [(one.round, [answer.participant for answer in one.answers]) for one in read] == [
        (2, ["gpt"]),
        (2, ["gpt", "grok"]),
    ], "a round without a number has its place"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "truncated"),
        (b"not json", "malformed"),
        (b"[]", "Expected `object`"),
        (b"\xff\xfe", "malformed"),
        (stored(id=None), "missing required field `id`"),
        (stored(question=None), "missing required field `question`"),
        (stored(rounds=None), "missing required field `rounds`"),
        (stored(id=" "), "no id"),
        (stored(question=""), "no question"),
        (stored(question=7), "Expected `str`"),
        (stored(rounds=[{"round": 0, "claude": "A."}]), "the number of round 1 is 0"),
        (stored(rounds=[{"round": "one", "claude": "A."}]), "the number of round 1 is 'one'"),
        (stored(rounds=[{"round": 1, "claude": {"text": "A."}}]), "what claude said in round 1 is no text"),
        (stored(start_time="yesterday"), "start_time is no time: 'yesterday'"),
    ],
)
def test_what_is_no_record_is_refused_with_the_reason(body: bytes, why: str):
    with pytest.raises(RecordRefused, match=why):
        legacy.read(body)


def test_an_unfinished_file_is_a_record_without_a_decision():
    record = legacy.read(stored(final_decision=None, end_time=None, context=None, complexity=None))
    assert (record.decision, record.ended_at, record.context, record.complexity) == ("", "", "", "")
    assert record.decision_error


@pytest.mark.parametrize("old", ["debate 7: what?", "a" * 65, "prompts", "entscheid.ä"])
def test_an_id_that_cannot_be_one_here_gets_one_that_is_always_the_same(old: str):
    made = [legacy.debate_of(legacy.read(stored(id=old))) for _ in range(2)]
    assert made[0] == made[1] != old
    assert is_token(made[0])
    assert legacy.debate_of(legacy.read(stored(id=f"{old}!"))) != made[0]


def test_any_other_id_stays():
    assert legacy.debate_of(legacy.read(stored())) == STORED["id"]


def test_a_record_is_taken_up_to_what_the_log_takes_and_refused_above():
    def with_context(size: int) -> Any:
        return legacy.fact_of(legacy.read(stored(context="x" * size)))

    room = MAX_IMPORTED_BYTES - len(encode(with_context(1))) + 1
    assert len(encode(with_context(room))) == MAX_IMPORTED_BYTES
    with pytest.raises(RecordRefused, match="at most"):
        with_context(room + 1)
