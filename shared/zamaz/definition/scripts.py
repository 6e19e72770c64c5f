"""scripts/NAME.yaml: what the provider `script` answers, in place of a model."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from zamaz.definition.yamlfile import Seconds, Strict
from zamaz.events.debater import FailureKind, Stance
from zamaz.events.workflow import Verdict


class Fail(Strict):
    """A failure instead of an answer. `retry_after` is in seconds."""

    kind: FailureKind
    why: str = "the script says so"
    retryable: bool = True
    retry_after: Seconds | None = None


class Tokens(Strict):
    """Usage as if a provider had counted it."""

    input: int = Field(default=0, ge=0)
    cached_input: int = Field(default=0, ge=0)
    output: int = Field(default=0, ge=0)
    reasoning: int = Field(default=0, ge=0)
    cache_write: int = Field(default=0, ge=0)


class Rule(Strict):
    """What is said when everything above the line fits; a key that is left out fits always.

    `step` is a step's id or type, `attempt` counts from 0. `text` is raw text, read like any model's answer;
    `hang` never answers; `delay` comes before everything else.
    """

    participant: str | None = None
    round: int | None = None
    step: str | None = None
    attempt: int | None = None
    # ---
    argument: str = ""
    position: str = ""
    choice: str | None = None
    verdict: Verdict | None = None
    approvals: tuple[str, ...] | None = None
    ranking: tuple[str, ...] | None = None
    on_others: Stance | dict[str, Stance] = "partly"
    confidence: float = Field(default=0.5, ge=0, le=1)
    text: str | None = None
    fail: Fail | None = None
    hang: bool = False
    delay: Seconds = Field(default=0.0, ge=0)
    finish_reason: Literal["stop", "length"] = "stop"
    usage: Tokens = Tokens()

    @model_validator(mode="after")
    def _says_something(self) -> Rule:
        if not (self.position or self.fail or self.hang or self.text is not None):
            raise ValueError("an answer needs one of position, text, fail or hang")
        return self


class ScriptFile(Strict):
    """A whole script; the first rule that fits is used."""

    answers: tuple[Rule, ...] = Field(min_length=1)
