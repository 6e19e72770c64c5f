"""How a decision is taken where the participants do not agree, as a workflow file says it."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from zamaz.definition.yamlfile import Strict
from zamaz.events.voting import CONSENSUS, ProtocolName, ProtocolSetting, TieRule

HALF = 1 / 2
THRESHOLDS: dict[ProtocolName, float] = {
    "majority": HALF,
    "supermajority": 2 / 3,
    "unanimity": 1.0,
    "confidence_weighted": HALF,
}
BALLOTED: tuple[ProtocolName, ...] = ("approval", "ranked")
"""What an argument alone does not say: who approves of what, or ranks what, must be asked."""
COUNTED: tuple[ProtocolName, ...] = (*THRESHOLDS, *BALLOTED)
_MORE_THAN_HALF = ("supermajority", "confidence_weighted")
_BREAKABLE: tuple[ProtocolName, ...] = ("majority", "confidence_weighted", *BALLOTED)
_FRACTION = re.compile(r"\s*(\d{1,3})\s*/\s*([1-9]\d{0,2})\s*\Z")


def _fraction(value: object) -> object:
    found = _FRACTION.match(value) if isinstance(value, str) else None
    return int(found[1]) / int(found[2]) if found else value


_TEXT = Annotated[str, Field(pattern=r"^\s*\d{1,3}\s*/\s*[1-9]\d{0,2}\s*$")]
Part = Annotated[
    float,
    Field(gt=0, le=1),
    BeforeValidator(_fraction, json_schema_input_type=Annotated[float, Field(gt=0, le=1)] | _TEXT),
]
"""A share above 0, up to 1: a number, or a fraction like 2/3."""


class ProtocolSpec(Strict):
    """How a decision is taken; its name alone is a short way to write it."""

    name: ProtocolName
    """consensus: without one, the last step decides on what there is; majority: more than half of the votes;
    supermajority: two thirds, or the threshold; unanimity: all of them; approval: what most could live with; ranked:
    the most points of a Borda count; confidence_weighted: more than half of the votes by their confidence; judge: the
    participant with the role judge decides. What none of them adopts is not decided: the debate fails, and says why."""
    quorum: Part = HALF
    """The share of the seats that must vote or abstain, two seats at least: 0.5, or 2/3."""
    threshold: Part | None = None
    """The share of the votes that it takes (supermajority and confidence_weighted only): 0.75, or 3/4."""
    tie: TieRule = "no_winner"
    """no_winner: nothing is adopted; first_seat: as the first of those seats voted that prefer one of the tied; judge:
    the participant with the role judge says; another_round: they argue and vote once more, above max_rounds."""

    @field_validator("threshold")
    @classmethod
    def _is_more_than_half(cls, value: float | None) -> float | None:
        if value is not None and value <= HALF:
            raise ValueError("must be more than half: else two could have it at once")
        return value

    @model_validator(mode="after")
    def _fits(self) -> ProtocolSpec:
        if self.threshold is not None and self.name not in _MORE_THAN_HALF:
            raise ValueError(f"{self.name} has no threshold of its own; {' and '.join(_MORE_THAN_HALF)} have")
        if self.tie in ("first_seat", "judge") and self.name not in _BREAKABLE:
            raise ValueError(f"a tie under {self.name} cannot be broken: half of the votes is not what it asks for")
        if self.tie == "another_round" and self.name not in COUNTED:
            raise ValueError(f"{self.name} knows no ties")
        return self

    def setting(self) -> ProtocolSetting:
        """As the log carries it."""
        threshold = self.threshold if self.threshold is not None else THRESHOLDS.get(self.name, 0.0)
        made = ProtocolSetting(name=self.name, quorum=self.quorum, threshold=threshold, tie=self.tie)
        return CONSENSUS if made == CONSENSUS else made


def long_form(value: object) -> object:
    """A name alone is a protocol with nothing else said."""
    return {"name": value} if isinstance(value, str) else value


WrittenProtocol = ProtocolName | ProtocolSpec
