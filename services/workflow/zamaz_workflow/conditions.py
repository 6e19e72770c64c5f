"""What an answer lacks of what its step asks for, as far as a rule can tell. Pure."""

from __future__ import annotations

import re

from zamaz.events.debater import ArgumentPresented
from zamaz.events.flow import ANY_ANSWER, Conditions
from zamaz.events.workflow import TurnRequested

_HEADING = re.compile(
    r"^\s{0,3}(?:#{1,6}\s+(?P<atx>.+?)\s*#*|\*\*(?P<bold>[^*]+)\*\*:?|(?P<plain>[^\s#*>].{0,80}):)\s*$"
)


def is_given(turn: TurnRequested, said: ArgumentPresented) -> bool:
    """Whether an answer is what was asked for: a position; of a summary, a text."""
    return not said.unparsed if turn.sums_up else said.position is not None


def missing(wanted: Conditions, said: ArgumentPresented) -> tuple[str, ...]:
    """Each condition that the answer breaks, in words that its speaker can follow."""
    if wanted == ANY_ANSWER:
        return ()
    length = len(said.argument.strip())
    found = []
    if length < wanted.min_length:
        found.append(f"the argument has {length} characters, and at least {wanted.min_length} are wanted")
    if wanted.max_length and length > wanted.max_length:
        found.append(f"the argument has {length} characters, and at most {wanted.max_length} are wanted")
    # Looked at on every decision: an argument is read through only where a heading is wanted.
    known = headings(said.argument) if wanted.sections else frozenset()
    found += [f"it has no heading {section!r}" for section in wanted.sections if _plain(section) not in known]
    return tuple(found)


def headings(text: str) -> frozenset[str]:
    """The headings of a Markdown text in lower case: `# so`, a bold line, or a line that ends with a colon."""
    matches = (_HEADING.match(line) for line in text.splitlines())
    return frozenset(_plain(next(filter(None, match.groups()), "")) for match in matches if match)


def _plain(heading: str) -> str:
    """Without numbers, marks and the case of letters."""
    return re.sub(r"^[\d.)\s]+|[*_`:]+", "", heading.strip()).strip().casefold()
