from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zamaz.cli.document import Document, markdown, page
from zamaz.cli.document.account import document
from zamaz.events import Fact
from zamaz.events.client import DebateImported, DebateRequested, ImportedAnswer, ImportedRecord, ImportedRound
from zamaz.events.course import MoveTaken
from zamaz.events.debater import TurnFailed
from zamaz.events.flow import Seat, Step
from zamaz.events.orchestration import NextMoveAdvised, Observation
from zamaz.events.workflow import (
    DebateCancelled,
    DebateChanged,
    DebateFailed,
    DebateRejected,
    ParticipantJoined,
    ParticipantLeft,
    RequestRefused,
)

from library.papers import Page, chain_of, tokens, whole
from library.screens import OPENING, says, started, turn

HOSTILE = (
    "<script>alert(1)</script>",
    "[click](javascript:alert(1)) ![x](https://example.org/seen.png) <javascript:alert(1)> <https://example.org>",
    "[ref]\n\n[ref]: javascript:alert(1)\n    <script>alert(1)</script>",
    "<div>\n```\n\n```\n<script>alert(1)</script>\n```\n</div>",
    "\\<b> \\\\<b> `\\`<b>` `<b>`<b> \\[a](b) \\\\[a](b)",
    "-\t\t<b>\n\n\t<b>\n\n \t <b>",
    "```\n<b>\n``\n# no heading\n",
    "Decision\n========\n\n# Decision\n\n</blockquote></body><h2>Bill</h2>",
    "> > <b>\n<b>\n\n1. <b>\n\n       <b>\n   <b>",
    "a\u2028<b>\x85<b>\x0c<b>\r<b>",
)
PIECES = st.sampled_from(
    ["<b>", "</b>", "<!--", "<script>", "[a]", "(javascript:x)", "[a]: x", "!", "`", "```", "~~~", "\\", "\n", "\n\n",
     "    ", "\t", "> ", "- ", "1. ", "# ", "|", "---", "===", "a", " ", "&lt;", "<x:y>", "\u2028"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=40))
ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "h6", "p", "strong", "em", "dl", "dt", "dd",
    "table", "thead", "tbody", "tr", "th", "td", "blockquote", "pre", "code", "ul", "ol", "li", "br", "hr",
}  # fmt: skip
SECTIONS = 8


def hostile(test: Callable[[str], None]) -> Callable[[], None]:
    for text in HOSTILE:
        test = example(text)(test)
    return cast(Callable[[], None], given(TEXTS)(test))


@hostile
def test_no_words_of_a_participant_become_a_script_a_link_or_a_picture_of_the_page(text: str):
    made = Page(page.written(document(whole(text, text, text or "?"))))
    assert made.names <= ELEMENTS
    assert made.open == []
    attributes = {name for tag, given in made.elements for name in given if tag != "meta"}
    assert attributes <= {"lang", "class", "start", "style"}
    assert [tag for tag, _ in made.elements if tag in ("h1", "h2")].count("h2") == SECTIONS


@hostile
def test_no_words_of_a_participant_become_a_tag_a_link_or_a_section_of_the_markdown(text: str):
    found = tokens(markdown.written(document(whole(text, text, text or "?"))))
    assert [t.content for t in found if t.type in ("html_block", "html_inline", "link_open", "image")] == []
    ours = [token.tag for token in found if token.type == "heading_open" and token.level == 0]
    assert (ours.count("h1"), ours.count("h2")) == (1, SECTIONS)


def test_code_is_shown_as_it_was_written():
    text = "Use this:\n\n```python\nx: list[int] = a < b\n```\n\nand `c[0]`."
    shown = markdown.quoted(text)
    assert "> x: list[int] = a < b" in shown.splitlines()
    assert "x: list[int] = a &lt; b" in page.rendered(text)


@pytest.mark.parametrize("write", [markdown.written, page.written])
def test_everything_that_counts_is_in_it(write):
    text = write(document(whole(argument="**Bold** words.")))
    plain = Page(text).text if write is page.written else text
    for part in (
        "Split?", "Split it slowly.", "Because it", "holds", "bob", "Split it.", "reject", "round 1", "0.25",
        "We are few.", "Bold", "Four of us.", "0.02", "for 1 calls", "DebateBilled", "keep", "ann words the decision",
    ):  # fmt: skip
        assert part in plain, part
    assert whole(argument="**Bold** words.").head in plain


def test_the_same_debate_gives_the_same_page_which_asks_nobody_for_anything():
    text = page.written(document(whole()))
    assert text == page.written(document(whole()))
    assert "Content-Security-Policy" in text
    for word in ("<script", "src=", "href=", "url(", "@import"):
        assert word not in text


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        (DebateFailed(stop_reason="failure", why="nobody took a position"), "failed (failure): nobody took a position"),
        (DebateCancelled(by="eve", why="no need"), "cancelled by eve: no need"),
        (DebateRejected(reason="too_large", why="cut it"), "rejected (too_large): cut it"),
        (turn("a"), "running"),
    ],
)
def test_a_debate_without_a_decision_says_so(ending: Fact, told: str):
    text = markdown.written(document(chain_of(*OPENING, ending))).replace("\\", "")
    assert f"- State: {told}" in text
    assert "There is none" in text


def test_a_turn_that_gave_no_answer_is_told():
    failed = TurnFailed(turn="a", kind="rate_limited", why="too many", retryable=True, provider="openai", model="m")
    text = markdown.written(document(chain_of(DebateRequested(question="q"), started("ann"), turn("a"), failed)))
    assert "### ann gave no answer" in text
    assert "- Why: rate limited: too many" in text


def test_an_imported_debate_is_told_with_its_answers():
    answers = (ImportedAnswer(participant="ann", text="I *agree*."), ImportedAnswer(participant="bob", error=True))
    record = ImportedRecord(
        id="x", question="Old?", rounds=(ImportedRound(round=1, answers=answers),), decision="Yes.", context="c"
    )
    text = markdown.written(document(chain_of(DebateImported(record=record))))
    for part in ("# Old?", "> Yes.", "### ann, round 1", "> I *agree*.", "### bob, round 1, no answer"):
        assert part in text


def test_a_question_that_cannot_be_read_has_a_title_all_the_same():
    made = document(chain_of(started("ann", "bob")))
    assert made.title == "(a question that cannot be read)"


@given(st.one_of(st.text(), TEXTS).filter(lambda text: text.split() and "\0" not in text))
def test_a_line_is_one_line_and_means_nothing_but_itself(text: str):
    opening, _, *words, closing = tokens(markdown.line(text))
    assert (opening.type, closing.type) == ("paragraph_open", "paragraph_close")
    assert "".join(word.content for word in words) == " ".join(text.split())
    assert {word.type for word in words} == {"text"}


def test_who_came_and_went_and_what_was_changed_is_told_with_who_asked_and_why():
    eve = Seat(participant="eve", provider="xai", model="grok-3")
    made = document(
        chain_of(
            *OPENING,
            ParticipantJoined(seat=2, who=eve, since=2, replaces="bob", by="ann", why="bob is tired"),
            ParticipantLeft(seat=1, participant="bob", why="replaced by eve", by="ann"),
            DebateChanged(number=1, round=1, max_rounds=5, consensus_threshold=0.9, by="zoe", why="it matters"),
            RequestRefused(request="k", asked="ParticipantInvited", why="the name is taken"),
        )
    )
    text = Page(page.written(made)).text
    for part in (
        "Changed on the way",
        "eve joins in the place of bob, from round 2 on",
        "bob is tired",
        "max_rounds 5, consensus_threshold 0.9",
        "ParticipantInvited is refused",
        "the name is taken",
        "eve (xai/grok-3)",
    ):
        assert part in text


ADVISED = NextMoveAdvised(
    ruling="r",
    round=1,
    move="redirect",
    focus="</dd><script>costs",
    observed=(Observation(of="sycophancy", participant="bob", why="it says nothing new"),),
    rung="cloud",
    model="m-1",
    confidence=0.9,
    inputs_digest="x",
    latency_ms=1,
)


def moved(*facts: Fact) -> Document:
    first, second = says("a", "Keep it."), says("b", "Split it.", "bob", round=2)
    return document(chain_of(*OPENING, turn("a"), turn("b", "bob"), first, *facts, second))


def test_how_it_went_on_between_two_rounds_is_told_there_with_what_was_observed():
    move = MoveTaken(
        round=1,
        ruling="r",
        move="redirect",
        focus=ADVISED.focus,
        inserted=Step(id="against", type="devils_advocate"),
        consensus_chance=0.25,
        why="apart",
    )
    text = Page(page.written(moved(ADVISED, move))).text
    parts = (
        "ann, round 1", "After round 1: redirect", "Why", "apart", "25%", "Observed of bob",
        "sycophancy, it says nothing new", "The next round is about", ADVISED.focus,
        "The next round begins with", "devils advocate", "cloud (m-1)", "bob, round 2",
    )  # fmt: skip
    places = [text.index(part, text.index("Arguments")) for part in parts]
    assert places == sorted(places)


def test_a_move_that_changed_nothing_says_why_and_rests_on_no_advice_that_came_later():
    late = MoveTaken(round=1, ruling="r", move="continue", void="nobody advised in time")
    text = markdown.written(moved(late, ADVISED))
    assert "### After round 1: continue, in vain" in text
    assert "- In vain: nobody advised in time" in text
    assert "Observed" not in text
    assert "Advised by" not in text
