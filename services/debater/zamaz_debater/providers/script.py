"""Answers, delays and failures out of a YAML file: for tests, benchmarks and rehearsals, never a fallback."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from zamaz import subjects
from zamaz.alive import Reach
from zamaz.definition import yamlfile
from zamaz.definition.yamlfile import Seconds, Strict
from zamaz.errors import DefinitionError
from zamaz.events.debater import FailureKind, Stance, Usage
from zamaz.events.workflow import Verdict
from zamaz_debater.providers.port import Call, ProviderError, Reply


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

    def fits(self, call: Call) -> bool:
        """Whether this rule is for this call."""
        turn = call.turn
        return (
            self.participant in (None, turn.participant)
            and self.round in (None, turn.round)
            and self.step in (None, turn.step, call.step)
            and self.attempt in (None, turn.attempt)
        )

    def told(self, call: Call) -> str:
        """The answer's text, as a model would have written it."""
        if self.text is not None:
            return self.text
        if call.shape.sums_up:
            return json.dumps({"summary": self.argument or self.position})
        labels = call.shape.labels
        others = self.on_others
        stances = dict.fromkeys(labels, others) if isinstance(others, str) else others
        ballot = {"approvals": self.approvals, "ranking": self.ranking}
        return json.dumps(
            {name: said for name, said in ballot.items() if said is not None}
            | {
                "argument": self.argument or self.position,
                "position": self.position,
                "choice": self.choice,
                "verdict": self.verdict,
                "on_others": stances,
                "confidence": self.confidence,
            }
        )


class ScriptFile(Strict):
    """A whole script; the first rule that fits is used."""

    answers: tuple[Rule, ...] = Field(min_length=1)


class Script:
    """A model whose name is a file of the scripts folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[int, ScriptFile]] = {}

    async def ready(self) -> None:
        """Nothing takes long here."""

    async def reach(self) -> Reach:
        """The scripts that are there; what they hold is looked at when they are asked."""
        return Reach(ok=True, models=tuple(sorted(path.stem for path in self._folder.glob("*.yaml"))))

    async def answer(self, call: Call) -> Reply:
        """What the first rule that fits says. Raises ProviderError."""
        name = call.turn.model
        rule = next((rule for rule in self._script(name).answers if rule.fits(call)), None)
        if rule is None:
            why = f"no answer in {name}.yaml is for {call.turn.participant}, round {call.turn.round}, {call.turn.step}"
            raise ProviderError("bad_request", why, retryable=False)
        await asyncio.sleep(rule.delay)
        if rule.hang:
            await asyncio.Event().wait()
        usage = Usage(**rule.usage.model_dump())
        if fail := rule.fail:
            raise ProviderError(
                fail.kind,
                fail.why,
                retryable=fail.retryable,
                retry_after_s=fail.retry_after,
                usage=usage if "usage" in rule.model_fields_set else None,
            )
        return Reply(rule.told(call), name, rule.finish_reason, usage)

    def _script(self, name: str) -> ScriptFile:
        """The file, read again when it has changed. Raises ProviderError."""
        path = self._folder / f"{name}.yaml"
        if not subjects.is_token(name) or not path.is_file():
            why = f"there is no script {name!r} in {self._folder}: put {name}.yaml there, or set ZAMAZ_SCRIPTS"
            raise ProviderError("not_found", why, retryable=False)
        stamp = path.stat().st_mtime_ns
        known = self._read.get(name)
        if known is None or known[0] != stamp:
            try:
                known = self._read[name] = (stamp, yamlfile.read(path, ScriptFile))
            except DefinitionError as error:
                raise ProviderError("not_configured", str(error), retryable=False) from error
        return known[1]
