"""How much of a debate goes into a prompt: what the definition shows, and what the model can read."""

from __future__ import annotations

from itertools import pairwise

from msgspec import structs

from zamaz.events.client import DebateRequested
from zamaz.events.flow import ContextSetting
from zamaz.events.workflow import TurnRequested
from zamaz_debater import context, tokens
from zamaz_debater.context import Room, rooms
from zamaz_debater.turn import Debate

from debater.table import FLOW, REQUEST, argued, asked, debate, rendered, started

OTHERS = {"B": "gemini", "C": "gpt"}
FULL = ContextSetting(mode="full")
SEATS = ("opus", "gemini", "gpt")


def three_rounds(
    setting: ContextSetting, turn: TurnRequested, words: int = 0, request: DebateRequested = REQUEST
) -> Debate:
    """Three seats have argued in three rounds, at 3 to 11; then the turn is asked."""
    said = [
        argued(f"{who}{n}", who, f"{who} says {n}.", round=n, argument=f"{who} argues {n}. " + "word " * words)
        for n in (1, 2, 3)
        for who in SEATS
    ]
    begun = structs.replace(started(), flow=structs.replace(FLOW, max_rounds=4, context=setting))
    return debate(request, begun, *said, turn)


def fourth(**more: int) -> TurnRequested:
    return asked("t4", round=4, step="counter_arguments", sees=11, labels=OTHERS, **more)


def shown(setting: ContextSetting, turn: TurnRequested, words: int = 0) -> str:
    return rendered(three_rounds(setting, turn, words), turn).user


def test_a_window_shows_the_newest_of_each_seat_and_full_shows_all() -> None:
    window = shown(ContextSetting(), fourth())
    assert [f"gpt argues {n}." in window for n in (1, 2, 3)] == [False, False, True]
    two = shown(ContextSetting(rounds=2), fourth())
    assert [f"opus argues {n}." in two for n in (1, 2, 3)] == [False, True, True]
    full = shown(FULL, fourth())
    assert all(f"{who} argues {n}." in full for n in (1, 2, 3) for who in SEATS)


def test_the_oldest_stands_first_so_that_what_was_shown_comes_again() -> None:
    full = shown(FULL, fourth())
    places = [full.index(f"{who} argues {n}.") for n in (1, 2, 3) for who in ("gemini", "gpt")]
    assert places == sorted(places)
    assert '<argument by="B" round="1">' in full
    third = asked("t3", round=3, step="counter_arguments", sees=8, labels=OTHERS)
    before = rendered(three_rounds(FULL, third), third).user
    begun = before[: before.index("gpt argues 1.")]
    assert full.startswith(begun)


def test_a_bound_leaves_the_oldest_out_first_and_then_cuts_the_newest() -> None:
    sizes = []
    for most in (100_000, 1200, 700, 400):
        user = shown(ContextSetting(mode="full", max_tokens=most), fourth(), words=60)
        sizes.append(len(user))
        assert "gpt says 3." in user
    assert all(later < earlier for earlier, later in pairwise(sizes))
    assert "gpt argues 1." not in shown(ContextSetting(mode="full", max_tokens=1200), fourth(), words=60)
    assert "more characters are left out here]" in user


def test_the_model_s_own_context_bounds_a_prompt_too() -> None:
    turn = fourth(context_tokens=1500, max_output_tokens=300)
    prompt = rendered(three_rounds(FULL, turn, 100), turn)
    assert tokens.of_bytes(prompt.size) <= 1200
    assert context.too_large(turn, prompt.size) == ""


def test_a_question_that_no_cut_makes_small_enough_is_told_before_the_call() -> None:
    turn = fourth(context_tokens=1500, max_output_tokens=300)
    long = structs.replace(three_rounds(FULL, turn), request=DebateRequested(question="Why?", context="long " * 2000))
    prompt = rendered(long, turn)
    why = context.too_large(turn, prompt.size)
    assert "takes 1200 beside an answer of 300" in why
    assert context.too_large(structs.replace(turn, context_tokens=0), prompt.size) == ""


def test_a_definition_s_bound_is_no_failure() -> None:
    tight = ContextSetting(max_tokens=10)
    turn = fourth()
    prompt = rendered(three_rounds(tight, turn, 100), turn)
    assert "gpt says 3." in prompt.user
    assert context.too_large(turn, prompt.size) == ""


def test_the_rooms_shrink_and_end() -> None:
    assert list(rooms(ContextSetting(), 9))[:2] == [Room(1), Room(1, context.CUTS[0])]
    full = list(rooms(FULL, 3))
    assert full[:3] == [Room(3), Room(2), Room(1)]
    assert len(full) == 3 + len(context.CUTS)


def test_a_takeover_shows_the_same() -> None:
    turn = fourth(context_tokens=1500, max_output_tokens=300)
    assert rendered(three_rounds(FULL, turn, 100), turn) == rendered(three_rounds(FULL, turn, 100), turn)
