"""What an answer in prose recommends at its end, and how firmly: do, do with care, wait, do not. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from zamaz_orchestrator.reading.words import plain

SECTION_LENGTH, HEADLINE_LENGTH, OPENING_LENGTH = 1600, 420, 240
"""Characters of the recommendation that are read, of its beginning, which weighs most, and of where it can refuse."""

_HEADING = re.compile(
    r"^(?=.{0,160}$)(?!\W*(?:justification|reason|rationale)).{0,40}?\b(?:recommendation|verdict)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
_CONCLUSION = re.compile(
    r"^\W*(?:(?:final )?decision|(?:in )?(?:conclusion|summary|short))\b.*$", re.IGNORECASE | re.MULTILINE
)
_SPOKEN = re.compile(
    r"(?:\bI(?:'d| would)? (?:strongly )?recommend\b|\bmy (?:final )?(?:verdict|recommendation)\b"
    r"|\bmost important (?:next )?(?:improvement|step)\b|\bshould\b|\bproposed improvement\b)",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"\b(?:recommendation|verdict|decision|recommend|most important[^.\n]{0,40}?(?:is|be|improvement:?)"
    r"|proposed improvement|best choice is|should (?:use|adopt|choose|pick))\b",
    re.IGNORECASE,
)
_BOLD = re.compile(
    r"\*\*(?!\W*(?:the one|reason|rationale|why|key|core|reasoning|recommendation|verdict)\b)([^*\n]{4,200}?)\*\*",
    re.IGNORECASE,
)
_YES = re.compile(r"\W*(?:yes|absolutely|definitely)\b", re.IGNORECASE)
_REFUSES = re.compile(
    r"\b(?:do not|don['\u2019]t|should not|shouldn['\u2019]t"
    r"|not (?:to )?(?:implement|adopt|recommend|proceed|add|do)\w*|against|reject|refuse|avoid|no\b[,.:]"
    r"|stay with|stick with|keep the (?:current|existing)|abandon|decline)",
    re.IGNORECASE,
)
_WAITS = re.compile(
    r"\bif:\s*$|\b(?:defer|postpone|delay|wait|hold off|not yet|for now|premature"
    r"|s[ck]eptical(?!.{0,60}\bproceed)|revisit|unless|start by (?:identify|measur|analy[sz]|profil|understand)\w*"
    r"|only (?:if|when|after|once|consider)|simpler alternatives?|alternatives? first|exhaust(?:ed|ing)?"
    r"|before (?:jumping|committing|adopting|introducing|deciding|considering|proceeding|implementing)"
    r"|instead of (?:immediately|jumping|a fully)|more information|depends on|maybe|first (?:optimi[sz]e|focus|improve)"
    r"|prioriti[sz]e (?:optimi[sz]|simpler)\w*)\b",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_CARES = re.compile(
    r"\b(?:caution\w*|cautious\w*|caveats?|safeguards?|phased|incremental\w*|limited|pilot|gradual\w*|graduated"
    r"|start small|selective\w*|measured|with care|carefully|conditions?|provided that|as long as|minimal)\b",
    re.IGNORECASE,
)
_DOES = re.compile(
    r"\b(?:yes|absolutely|implement|adopt|proceed|add|introduce|go ahead|build|approve|do it|move to|switch to|migrate"
    r"|extract|replace|enforce|worth(?:while)?|essential|crucial|recommend(?:ed)?)\b",
    re.IGNORECASE,
)
DO, CARE, WAIT, REFUSE = 1.0, 0.5, -0.5, -1.0


class Advice(NamedTuple):
    """A recommendation: its beginning, what it picks (its own words), and how it leans, -1 (do not) to 1 (do)."""

    headline: str
    pick: str
    leaning: float


def advice_of(answer: str) -> Advice:
    """What the answer recommends. Where nothing is marked as that, its beginning (of a short one) or its end."""
    section = _section(answer)
    told = plain(section).strip()
    return Advice(told[:HEADLINE_LENGTH], _pick(section), _leaning(told))


def _section(answer: str) -> str:
    text = answer.strip()
    for rule in (_HEADING, _CONCLUSION):
        marked = list(rule.finditer(text))
        if marked:
            return text[marked[-1].start() :][:SECTION_LENGTH]
    spoken = list(_SPOKEN.finditer(text))
    if len(text) <= SECTION_LENGTH or not spoken:
        return text[:SECTION_LENGTH]
    return text[text.rfind("\n", 0, spoken[-1].start()) + 1 :][:SECTION_LENGTH]


def _pick(section: str) -> str:
    """The first words in bold behind the first word that announces a choice; without any, the sentence behind it."""
    announced = _ANNOUNCES.search(section)
    behind = section[announced.end() if announced else 0 :]
    bold = _BOLD.search(behind[:SECTION_LENGTH])
    if bold:
        return bold.group(1)
    return plain(re.split(r"(?<=[.!?])\s|\n", behind.lstrip(" :*\n"), maxsplit=1)[0])


def _leaning(told: str) -> float:
    headline = told[:HEADLINE_LENGTH]
    if _YES.match(headline):
        return DO
    if _REFUSES.search(told[:OPENING_LENGTH]):
        return REFUSE
    if _WAITS.search(headline):
        return WAIT
    if len(_WAITS.findall(told)) > 1 and not _DOES.match(headline):
        return WAIT
    return CARE if _CARES.search(headline) else DO
