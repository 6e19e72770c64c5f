"""How much of a debate its speakers are shown, as a workflow file says it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from zamaz.definition.yamlfile import Patience, Strict, wrong
from zamaz.events.flow import ContextSetting

Mode = Literal["window", "full", "summary"]


class ContextSpec(Strict):
    """How much of what was said each speaker is shown; its mode alone is a short way to write it."""

    mode: Mode = "window"
    """window: the newest arguments of each participant; full: all of them; summary: those of the newest rounds, and of
    the rounds before what a model of its own makes of them, round by round."""
    rounds: int = Field(default=1, ge=1, le=20)
    """How many arguments of each participant a window shows, of as many rounds; how many rounds are over and still
    whole beside a summary."""
    max_tokens: int = Field(default=0, ge=0)
    """What a prompt should not exceed, by estimate (0: what the model takes). The oldest is left out first, then the
    newest is cut; a question and its context are always whole."""
    by: str = ""
    """Who makes the summaries, and takes no part in the debate: an alias of models.yaml, or provider/model. A cheap
    one will do."""
    timeout: Patience = 180.0
    """How long a summary may take, its second try included: seconds, or 90s, 5m. The debate goes on without it then."""

    @model_validator(mode="after")
    def _fits_together(self) -> ContextSpec:
        if self.mode == "full" and "rounds" in self.model_fields_set:
            raise wrong("full shows every round: leave rounds out, or take window", "rounds")
        if self.mode == "summary" and not self.by.strip():
            raise wrong("somebody must make the summaries: name a model of models.yaml, a cheap one will do", "by")
        if self.mode != "summary" and (idle := [key for key in ("by", "timeout") if key in self.model_fields_set]):
            raise wrong(f"{self.mode} makes no summaries: leave {idle[0]} out, or take summary", idle[0])
        return self

    def setting(self) -> ContextSetting:
        """As the log carries it, but for `by`, which is not resolved here."""
        return ContextSetting(
            mode=self.mode, rounds=self.rounds, max_tokens=self.max_tokens, timeout_s=float(self.timeout)
        )


WrittenContext = ContextSpec | Mode


def context_form(value: object) -> object:
    """A mode alone, written out."""
    return {"mode": value} if isinstance(value, str) else value
