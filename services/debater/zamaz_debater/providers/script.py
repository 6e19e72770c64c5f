"""Answers, delays and failures out of a YAML file: for tests, benchmarks and rehearsals, never a fallback."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from zamaz import subjects
from zamaz.alive import Reach
from zamaz.definition import yamlfile
from zamaz.definition.scripts import Rule, ScriptFile
from zamaz.errors import DefinitionError
from zamaz.events.debater import Usage
from zamaz_debater.providers.port import Call, ProviderError, Reply


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
        rule = next((rule for rule in self._script(name).answers if fits(rule, call)), None)
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
        return Reply(told(rule, call), name, rule.finish_reason, usage)

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


def fits(rule: Rule, call: Call) -> bool:
    """Whether a rule is for this call."""
    turn = call.turn
    return (
        rule.participant in (None, turn.participant)
        and rule.round in (None, turn.round)
        and rule.step in (None, turn.step, call.step)
        and rule.attempt in (None, turn.attempt)
    )


def told(rule: Rule, call: Call) -> str:
    """The answer's text, as a model would have written it."""
    if rule.text is not None:
        return rule.text
    if call.shape.sums_up:
        return json.dumps({"summary": rule.argument or rule.position})
    labels = call.shape.labels
    others = rule.on_others
    stances = dict.fromkeys(labels, others) if isinstance(others, str) else others
    ballot = {"approvals": rule.approvals, "ranking": rule.ranking}
    return json.dumps(
        {name: said for name, said in ballot.items() if said is not None}
        | {
            "argument": rule.argument or rule.position,
            "position": rule.position,
            "choice": rule.choice,
            "verdict": rule.verdict,
            "on_others": stances,
            "confidence": rule.confidence,
        }
    )
