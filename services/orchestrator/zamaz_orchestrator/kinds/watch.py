"""What a debate is watched for between its rounds: giving in, agreeing once more, arguing off the question. Pure.

Words are counted, and only where they leave little doubt: what is new in an argument are the stems that stand neither
in the question nor in anything that its speaker could have read or has said. Whoever is convinced by another says by
what, in words of its own, or by naming the other's reason as its own; whoever only gives in does neither. Nearness of
meaning may say of an argument with hardly a word of the question that it is off it, and never by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from zamaz.events.orchestration import Observation
from zamaz_orchestrator.kinds.course import Course, Heard, same
from zamaz_orchestrator.reading.words import subject

NEW_WORDS, NEW_SHARE = 2, 0.05
"""Up to how many new words, and up to which share of all, an argument says nothing new."""
TAKEN_OVER = 2
"""From how many words of another's reasons on, an argument that gives a reason gives that one."""
ASKED_FROM, ARGUED_FROM = 3, 12
"""From how many words that carry meaning on a question, and an argument, can be held beside each other."""
TOUCHED_FROM = 2
"""Words of the question from which on an argument is about it."""
BY_CHANCE = 1
"""Up to how many words any two texts share."""
LATIN_FROM = 0.7
"""From which share of Latin letters on a text's words are read here."""
FAR = 0.2
"""Nearness in meaning (-1..1) below which an argument with hardly a word of the question is off it."""
_AGREEING = subject(
    """agree agreed agreement argument arguments answer answers accept accepted adopt adopted change changed convince
    convinced convincing persuade persuaded point points position positions reason reasons right view views strong
    stronger support supported think believe case good best better clear clearly full fully now stand wrong longer
    therefore hence"""
)
"""Words of agreeing itself."""
_GIVES_A_REASON = re.compile(
    r"""\b(?: because | since | due[ ]to | owing[ ]to | given[ ](?:that|the|how) | as[ ](?:\w+[ ])?(?:shows?|showed)
    | (?:convinc|persuad|sway)\w* | chang\w+[ ]my[ ](?:mind|view|position) | decid\w+[ ](?:it|this|that|me)\b
    | (?:the|that|this|whose|its|their|'s)[ ]figures? | numbers? | outweigh\w* | (?:shows?|showed|shown|proves?)[ ]that
    | (?:point|argument|reason|worry|objection|case)[ ](?:is|was|about|that|on|against|for) | no[ ]longer
    | (?:was|am)[ ]wrong[ ](?:that|about|to) | weigh\w* | therefore | hence
    | weil | wegen | \w*zeugt | parce[ ]qu\w+ | porque | perch[e\u00e9] )""",
    re.VERBOSE | re.IGNORECASE,
)
"""How a reason is named."""
_subject = lru_cache(maxsize=256)(subject)
"""The same arguments are looked at for each seat."""


def observed(course: Course) -> tuple[Observation, ...]:
    """What is seen by words alone, by participant."""
    return tuple(found for name in sorted(course.of(course.round)) for found in _of(course, name))


def suspects(course: Course) -> tuple[Heard, ...]:
    """The newest arguments that have hardly a word of the question, and were not told of by words alone."""
    asked = _asked(course)
    if len(asked) < ASKED_FROM:
        return ()
    newest = (_newest(course, name) for name in sorted(course.of(course.round)))
    told = {one.participant for one in observed(course) if one.of == "drift"}
    return tuple(
        now for now in newest if now and now.participant not in told and _touched(course, now, asked) < TOUCHED_FROM
    )


def far(now: Heard, nearness: float) -> Observation:
    """What nearness of meaning makes of a suspect."""
    why = f"it has hardly a word of the question, and is far from it in meaning ({nearness:.2f})"
    return Observation(of="drift", participant=now.participant, why=why)


def _words(said: Heard) -> frozenset[str]:
    return _subject(said.argument) | _subject(said.position)


def _of(course: Course, name: str) -> Iterator[Observation]:
    now = _newest(course, name)
    if now is None:
        return
    if (gave_in := _gave_in(course, now)) or (gave_in := _repeats(course, now)):
        yield gave_in
    if _is_off(course, now):
        yield Observation(
            of="drift", participant=name, why="it has no word of the question, and hardly one of the others'"
        )


def _newest(course: Course, name: str) -> Heard | None:
    """What a participant argued last, where that was in this round."""
    mine = _own(course, name)
    return mine[-1] if mine and mine[-1].round == course.round else None


def _own(course: Course, name: str) -> list[Heard]:
    return [one for one in course.heard if one.participant == name and one.position and not one.beside]


def _known(course: Course, now: Heard) -> Sequence[Heard]:
    """What its speaker could read, or has said, before it said this."""
    before = course.heard[: course.heard.index(now)]
    own = now.participant
    return [one for n, one in enumerate(before) if one.participant == own or (n < now.knew and _could_read(now, one))]


def _could_read(now: Heard, one: Heard) -> bool:
    return one.beside or now.reads is None or one.participant in now.reads


def _says_nothing_new(course: Course, now: Heard) -> bool:
    if not _is_read(now.argument):
        return False
    said = _words(now)
    names = _subject(" ".join({one.participant for one in course.heard}))
    new = said - _asked(course) - _subject(course.context) - _AGREEING - names
    few = max(NEW_WORDS, NEW_SHARE * len(said))
    for one in _known(course, now):
        if len(new) <= few:
            break
        brief = now.brief and not one.beside and one.participant != now.participant
        new = new - _subject(one.position) - (frozenset() if brief else _subject(one.argument))
    return len(new) <= few


def _is_read(text: str) -> bool:
    """Whether most of its letters are Latin."""
    if text.isascii():
        return True
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter.isascii() for letter in letters) >= LATIN_FROM * max(1, len(letters))


def _gave_in(course: Course, now: Heard) -> Observation | None:
    """A position that is another's now, and was not before, with nothing new said for it."""
    before = _own(course, now.participant)[:-1]
    if not before or same(before[-1], now):
        return None
    held = {one.participant: one for one in _known(course, now) if one.position and not one.beside}
    theirs = [name for name, one in held.items() if name != now.participant and same(one, now)]
    if not theirs or not _says_nothing_new(course, now) or _says_by_what(course, now):
        return None
    why = f"it takes over what {theirs[0]} holds, and says nothing for it that was not said before"
    return Observation(of="sycophancy", participant=now.participant, why=why)


def _says_by_what(course: Course, now: Heard) -> bool:
    """Whether it gives a reason, and that is one of the others': words of theirs that are more than the question, what
    they would do, and that one agrees."""
    if not _GIVES_A_REASON.search(now.argument):
        return False
    theirs = [one for one in _known(course, now) if one.participant != now.participant]
    reasons = frozenset[str]().union(*(_subject(one.argument) for one in theirs))
    held = frozenset[str]().union(*(_subject(one.position) for one in (*theirs, now)))
    return len((_subject(now.argument) & reasons) - held - _asked(course) - _AGREEING) >= TAKEN_OVER


def _repeats(course: Course, now: Heard) -> Observation | None:
    """A position that is held, in agreement with somebody, with nothing new said for it."""
    before = _own(course, now.participant)[:-1]
    if not before or not same(before[-1], now) or not now.agrees or not _says_nothing_new(course, now):
        return None
    why = f"it agrees with {now.agrees[0]}, and says only what was said before"
    return Observation(of="repetition", participant=now.participant, why=why)


def _asked(course: Course) -> frozenset[str]:
    return _subject("\n".join((course.question, *course.options)))


def _touched(course: Course, now: Heard, asked: frozenset[str]) -> int:
    """How many words of the question, or of its context, an argument has. A position names its subject anyhow."""
    return len((asked | _subject(course.context)) & _subject(now.argument))


def _is_off(course: Course, now: Heard) -> bool:
    """No word of the question, and hardly one that anybody else has said, in an argument that is long enough to have
    some, while most others have words of the question. One alone is no sign: a good reason may name other things."""
    asked, said = _asked(course), _subject(now.argument)
    if len(asked) < ASKED_FROM or len(said) < ARGUED_FROM or _touched(course, now, asked):
        return False
    theirs = frozenset[str]().union(*(_words(one) for one in course.heard if one.participant != now.participant))
    if len(said & theirs) > BY_CHANCE:
        return False
    others = [one for name in course.of(course.round) if name != now.participant and (one := _newest(course, name))]
    about = sum(_touched(course, one, asked) >= TOUCHED_FROM for one in others)
    return about * 2 > len(others)
