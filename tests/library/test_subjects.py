from __future__ import annotations

import uuid

import pytest

from zamaz import subjects
from zamaz.errors import InvalidNameError


def test_a_name_is_read_back_as_it_was_made():
    made = subjects.name("workflow", "d1", "TurnRequested", "openai", "t1")
    assert made == "evt.workflow.d1.TurnRequested.openai.t1"
    assert subjects.parse(made) == ("workflow", "d1", "TurnRequested", "openai.t1")


@pytest.mark.parametrize("bad", ["", "a.b", "a b", "a*", ">", "x" * 65, "ü", "a\n", "bad!id"])
def test_what_cannot_be_a_token_is_refused(bad: str):
    assert not subjects.is_token(bad)
    with pytest.raises(InvalidNameError):
        subjects.name("client", bad, "DebateRequested")


@pytest.mark.parametrize("bad", ["evt.client.x", "tmr.a.b.c", "evt.client.bad!id.DebateRequested", "evt", ""])
def test_a_subject_that_names_no_fact_is_refused(bad: str):
    with pytest.raises(InvalidNameError):
        subjects.parse(bad)


def test_a_fired_timer_names_the_debate_that_it_wakes():
    assert subjects.woken(subjects.wake_fired("workflow", "d1", 1767225600000)) == "d1"
    assert subjects.woken("evt.client.d1.DebateRequested") == ""


def test_the_id_of_a_fact_is_the_same_for_every_writer_and_differs_by_debate_type_and_key():
    ids = {
        subjects.fact_id(name)
        for name in ("evt.a.d1.T.k", "evt.b.d1.T.k", "evt.a.d2.T.k", "evt.a.d1.U.k", "evt.a.d1.T.l")
    }
    assert len(ids) == 4
    assert subjects.fact_id("evt.a.d1.T.k") == subjects.fact_id("evt.b.d1.T.k")


def test_an_id_is_a_uuid5_as_any_language_makes_it():
    for n in range(64):
        assert subjects.made_id("d1", f"T/{n}") == str(uuid.uuid5(uuid.NAMESPACE_URL, f"zamaz:d1/T/{n}"))
