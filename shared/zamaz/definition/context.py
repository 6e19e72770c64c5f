"""How much of a debate its speakers are shown, as a workflow file says it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from zamaz.definition.yamlfile import Strict, wrong
from zamaz.events.flow import ContextSetting

Mode = Literal["window", "full"]


class ContextSpec(Strict):
    """How much of what was said each speaker is shown; its mode alone is a short way to write it."""

    mode: Mode = "window"
    """window: the newest arguments of each participant; full: all of them."""
    rounds: int = Field(default=1, ge=1, le=20)
    """How many arguments of each participant a window shows, of as many rounds."""
    max_tokens: int = Field(default=0, ge=0)
    """What a prompt should not exceed, by estimate (0: what the model takes). The oldest is left out first, then the
    newest is cut; a question and its context are always whole."""

    @model_validator(mode="after")
    def _fits_together(self) -> ContextSpec:
        if self.mode == "full" and "rounds" in self.model_fields_set:
            raise wrong("full shows every round: leave rounds out, or take window", "rounds")
        return self

    def setting(self) -> ContextSetting:
        """As the log carries it."""
        return ContextSetting(mode=self.mode, rounds=self.rounds, max_tokens=self.max_tokens)


WrittenContext = ContextSpec | Mode


def context_form(value: object) -> object:
    """A mode alone, written out."""
    return {"mode": value} if isinstance(value, str) else value
