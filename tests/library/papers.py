"""What the stories of documents share: a whole debate as an export, and readers that tell what a file does."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

from zamaz.chain import Chain, Stored, chained
from zamaz.events import Fact, encode, subject_of
from zamaz.events.client import DebateRequested
from zamaz.events.cost import DebateBilled
from zamaz.events.workflow import Dissent
from zamaz.testing import DEBATE

from library.screens import completed, price, ruling, says, started, turn


def chain_of(*facts: Fact) -> Chain:
    """Facts as they were stored, one second after another."""
    return chained(
        DEBATE,
        [
            Stored(n, subject_of(DEBATE, fact), f"2026-01-01T00:00:{n:02}Z", encode(fact))
            for n, fact in enumerate(facts)
        ],
    )


def whole(argument: str = "Because.", position: str = "Split it.", question: str = "Split?") -> Chain:
    """A debate with everything in it, in which bob's words are given."""
    return chain_of(
        DebateRequested(question=question, context="Four of us.", options=("split", "keep"), requester="cli"),
        started("ann", "bob"),
        turn("a"),
        turn("b", "bob"),
        says("a", "Keep it.", argument="We are few.", choice="keep", confidence=0.5, verdict="reject"),
        says("b", position, "bob", argument=argument, choice="split", confidence=0.9),
        ruling(1, 0.25),
        turn("z", step="last"),
        says("z", "Split it slowly.", argument="In steps."),
        price("a-1", "0.02"),
        DebateBilled(cost_usd=price("a-1", "0.02").amount_usd, calls=1),
        completed(dissent=(Dissent(participant="bob", position=position, verdict="reject"),), choice="split"),
    )


@dataclass
class Page(HTMLParser):
    """The elements of an HTML file, with their attributes, and its text."""

    html: str
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open += [] if tag == "meta" else [tag]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.elements}


def tokens(markdown: str) -> list[Token]:
    """What a reader that lets everything through makes of a Markdown file, inline parts and all."""
    found = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(markdown)
    return [part for token in found for part in (token, *(token.children or ()))]
