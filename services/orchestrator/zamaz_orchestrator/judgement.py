"""What a model is asked about agreement, and what counts as its answer. Pure.

Whatever participants wrote goes into the prompt as JSON strings without angle brackets: no quote, line break or
tag of theirs can end the place where they are quoted.
"""

from __future__ import annotations

from string import Template
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from zamaz.events.debater import Share, Usage
from zamaz.events.orchestration import Agreement
from zamaz_orchestrator.ruling import Cutoffs, Question

AREAS, AREA_LENGTH = 3, 120
MAX_OUTPUT_TOKENS = 400
"""Enough for every string at its full length: the schema's bound, not a wish."""

QUESTION_LENGTH, POSITION_LENGTH = 2000, 600
"""Characters of the question and of each position that a model is shown."""

_Areas = Annotated[tuple[Annotated[str, Meta(max_length=AREA_LENGTH)], ...], Meta(max_length=AREAS)]
_WORDS = {"type": "array", "maxItems": AREAS, "items": {"type": "string", "maxLength": AREA_LENGTH}}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "areas_of_agreement": _WORDS,
        "areas_of_disagreement": _WORDS,
        "agreement": {"type": "string", "enum": ["full", "partial", "none"]},
        "score": _SHARE,
        "confidence": _SHARE,
    },
    "required": ["areas_of_agreement", "areas_of_disagreement", "agreement", "score", "confidence"],
}


class PassUp(Exception):
    """A rung cannot answer. `why` is in plain words and stands in the ruling."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Reply(NamedTuple):
    """What a model sent back: its text, the model's own name and the tokens it counted."""

    text: str
    model: str
    usage: Usage | None


class Judgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model's answer, within the schema."""

    areas_of_agreement: _Areas
    areas_of_disagreement: _Areas
    agreement: Agreement
    score: Share
    confidence: Share


_ANSWER = msgspec.json.Decoder(Judgement)


def prompt_of(template: str, question: Question) -> str:
    """The prompt. The template knows `$question`, `$options` and `$positions`. Raises PassUp."""
    try:
        return Template(template).substitute(
            question=quoted(question.question[:QUESTION_LENGTH]),
            options=quoted(list(question.options)),
            positions="\n".join(
                quoted(
                    {
                        "participant": held.participant,
                        "choice": held.choice,
                        "verdict": held.verdict,
                        "position": held.position[:POSITION_LENGTH],
                    }
                )
                for held in question.held
            ),
        )
    except (KeyError, ValueError) as error:
        raise PassUp(f"the prompt template cannot be filled: {error}") from error


def quoted(value: object) -> str:
    """JSON on one line, with angle brackets escaped."""
    return msgspec.json.encode(value).decode().replace("<", "\\u003c").replace(">", "\\u003e")


def read(text: str, cutoffs: Cutoffs) -> Judgement:
    """The answer, or PassUp when it is not what was asked for or contradicts itself."""
    try:
        answer = _ANSWER.decode(text.strip())
    except msgspec.ValidationError as error:
        raise PassUp(f"its answer breaks the schema: {error}") from error
    except msgspec.DecodeError as error:
        raise PassUp("its answer is not the JSON that was asked for") from error
    if {answer.agreement, cutoffs.agreement(answer.score)} == {"full", "none"}:
        raise PassUp(f"its answer contradicts itself: agreement {answer.agreement}, score {answer.score:g}")
    return answer
