"""The existing application's stored debates, read as records to import: bytes in, a record out.

It stored an error's text where an answer should be, when a provider failed. Such a text is kept and marked, so that
nobody takes it for an argument.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from zamaz import subjects
from zamaz.errors import RecordRefused
from zamaz.events import encode
from zamaz.events.client import MAX_IMPORTED_BYTES, DebateImported, ImportedAnswer, ImportedRecord, ImportedRound

_ERROR = re.compile(
    r"""\s*(?:
        [\w.]*(?:error|exception):                                  # Error: …, anthropic.RateLimitError: …
      | (?:claude|gemini|gpt\S*|api)(?:\ \w+)?\ error:              # Claude error: …, Gemini API error: …
      | error\ calling\ \w                                          # Error calling Claude: …
      | error\ code:\ \d                                            # an SDK's words for a status
      | traceback\ \(most\ recent
      | \{\s*['"]error['"]\s*: | \{\s*['"]type['"]\s*:\s*['"]error  # a provider's whole answer
      | [45]\d\d\ [^\n]{0,60}(?:quota|rate|auth|forbidden|not\ found|overload|unavailable|too\ many|api\ key)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_IN_BRACKETS = re.compile(
    r"\s*\[[^\]\n]*\b(?:unavailable|error|failed|time(?:d\s)?out|no\sresponse)\b[^\]\n]*\]\s*", re.I
)


class _Stored(msgspec.Struct):
    """The file as the existing application writes it. What is "" here may be missing or null there."""

    id: str
    question: str
    rounds: list[dict[str, Any]]
    context: str | None = ""
    complexity: str | None = ""
    final_decision: str | None = ""
    start_time: str | None = ""
    end_time: str | None = ""


def read(body: bytes) -> ImportedRecord:
    """The record in a file. Raises RecordRefused, with the reason."""
    try:
        stored = msgspec.json.decode(body, type=_Stored)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordRefused(str(error)) from error
    if not stored.id.strip() or not stored.question.strip():
        raise RecordRefused("it has no id" if not stored.id.strip() else "it has no question")
    rounds = tuple(_round(n, entry) for n, entry in enumerate(stored.rounds, 1))
    answers = [answer for round_ in rounds for answer in round_.answers]
    decision = stored.final_decision or ""
    return ImportedRecord(
        id=stored.id,
        question=stored.question,
        context=stored.context or "",
        complexity=stored.complexity or "",
        rounds=rounds,
        decision=decision,
        decision_error=is_error(decision) or (bool(answers) and all(answer.error for answer in answers)),
        started_at=_time("start_time", stored.start_time),
        ended_at=_time("end_time", stored.end_time),
    )


def _round(position: int, entry: dict[str, Any]) -> ImportedRound:
    number = entry.get("round", position)
    if type(number) is not int or number < 1:
        raise RecordRefused(f"the number of round {position} is {number!r}")
    said = {name: text for name, text in entry.items() if name != "round"}
    for name, text in said.items():
        if not isinstance(text, str | None):
            raise RecordRefused(f"what {name} said in round {number} is no text")
    answers = (ImportedAnswer(participant=n, text=text or "", error=is_error(text, n)) for n, text in said.items())
    return ImportedRound(round=number, answers=tuple(answers))


def _time(field: str, text: str | None) -> str:
    try:
        return datetime.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise RecordRefused(f"{field} is no time: {text!r}") from error


def is_error(text: str | None, participant: str = "") -> bool:
    """Whether a text that stands where an answer should be is none: empty, or an error's words.

    It is told by how the text begins, or by being one remark in brackets: an answer that discusses errors is an
    answer.
    """
    if not text or not text.strip():
        return True
    named = participant and re.match(rf"\s*{re.escape(participant)} error:", text, re.IGNORECASE)
    return bool(named or _ERROR.match(text) or _IN_BRACKETS.fullmatch(text))


def debate_of(record: ImportedRecord) -> str:
    """The id under which a record is imported: its own, or one made of it where that cannot stand in a subject."""
    if subjects.is_token(record.id) and record.id != subjects.LIBRARY:
        return record.id
    return subjects.made_id("imported", record.id)


def fact_of(record: ImportedRecord) -> DebateImported:
    """The fact that says it. Raises RecordRefused for what is more than the log takes."""
    fact = DebateImported(record=record)
    if (size := len(encode(fact))) > MAX_IMPORTED_BYTES:
        raise RecordRefused(f"it has {size} bytes, at most {MAX_IMPORTED_BYTES} are taken")
    return fact
