"""The rungs that are measured: the rules for prose, and the models of the ladder, asked as in a live debate."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from zamaz import definition
from zamaz.definition import ModelsFile
from zamaz.definition.catalog import ladders, prompt_digest
from zamaz.errors import ZamazError
from zamaz.events.debater import Usage
from zamaz.events.flow import RungSetting
from zamaz.events.orchestration import Agreement, RungPassed
from zamaz_orchestrator.cache import Prompt
from zamaz_orchestrator.evals.rows import Labelled
from zamaz_orchestrator.kinds.consensus import Consensus, Cutoffs
from zamaz_orchestrator.kinds.pairs import Held, Question
from zamaz_orchestrator.ladder import Case, Ladder
from zamaz_orchestrator.port import Judge, PassUp
from zamaz_orchestrator.reading.advice import advice_of
from zamaz_orchestrator.reading.likeness import Likeness, beside, likeness, seconded
from zamaz_orchestrator.rungs import judges_of
from zamaz_orchestrator.rungs.embeddings import EMBEDDINGS, Meaning, MiniLM, files
from zamaz_orchestrator.settings import OrchestratorSettings

KIND, RULES, NOBODY = "consensus", "rules", "default"


class Given(NamedTuple):
    """An answer of the ladder: who gave it, who passed it up and why, how long it took, what it used."""

    agreement: Agreement
    rung: str
    passed: tuple[RungPassed, ...]
    latency_ms: float
    usage: Usage | None = None


@dataclass(frozen=True)
class Rungs:
    """The rungs to climb, in their order, with the models that can be asked. `template` is the prompt's text."""

    settings: tuple[RungSetting, ...]
    judges: Mapping[str, Judge]
    cutoffs: Cutoffs
    template: str
    meaning: Meaning | None = None

    async def judge(self, row: Labelled) -> Given:
        """What the first rung that is sure enough says of the two answers; where nobody is, the safe default: one text
        agrees with itself, and nothing else with anything."""
        began = time.perf_counter()
        passed: list[RungPassed] = []
        for setting in self.settings:
            if setting.rung in (RULES, EMBEDDINGS):
                found = await self._read(setting.rung, row)
                if isinstance(found, Likeness) and found.confidence >= setting.threshold:
                    return Given(self.cutoffs.agreement(found.score), setting.rung, tuple(passed), _since(began))
                why = found if isinstance(found, str) else f"confidence {found.confidence:g} is under the threshold"
                passed.append(RungPassed(rung=setting.rung, why=why))
                continue
            case = Case(Consensus(self.cutoffs), _question(row), self._text, lambda: 3600.0)
            climbed = await Ladder(self.judges).climb(case, (setting,))
            passed += climbed.passed
            if not climbed.passed:
                agreement = self.cutoffs.agreement(climbed.opinion.said.score)
                return Given(agreement, setting.rung, tuple(passed), _since(began), climbed.opinion.usage)
        safe = Consensus(self.cutoffs).default(_question(row))
        return Given(self.cutoffs.agreement(safe.said.score), NOBODY, tuple(passed), _since(began))

    async def typed(self, question: Question) -> Given:
        """What a live debate would make of typed blocks; the safe default where nobody is sure."""
        began = time.perf_counter()
        case = Case(Consensus(self.cutoffs), question, self._text, lambda: 3600.0)
        opinion, passed, *_ = await Ladder(self.judges, meaning=self.meaning).climb(case, self.settings)
        agreement = self.cutoffs.agreement(opinion.said.score)
        return Given(agreement, opinion.rung, passed, _since(began), opinion.usage)

    async def _read(self, rung: str, row: Labelled) -> Likeness | str:
        """What the rules for prose say, alone or with nearness of meaning; or why they cannot."""
        pair = beside(row.question, *row.texts) if rung == EMBEDDINGS else None
        if pair is None:
            return likeness(row.question, *row.texts)
        if self.meaning is None:
            return "the extra `embeddings` is not installed"
        (nearness,) = await self.meaning.likeness([pair])
        return seconded(row.question, *row.texts, nearness)

    async def _text(self) -> Prompt:
        if not self.template:
            raise PassUp("there is no prompt for it", "not_configured")
        return Prompt(self.template, prompt_digest(self.template))

    async def close(self) -> None:
        """Close the models' connections."""
        for judge in self.judges.values():
            await judge.close()


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _question(row: Labelled) -> Question:
    """As a live debate would ask, with the recommendation of each answer as its position."""
    held = (Held(participant=name, position=advice_of(text).headline) for name, text in row.responses.items())
    return Question(question=row.question, held=tuple(held))


def opened(folder: Path, wanted: Sequence[str]) -> Rungs:
    """The rungs of that name as the definitions set them. Raises ZamazError for one that is not there."""
    models = definition.read(folder / "models.yaml", ModelsFile)
    file = ladders(folder / "orchestration.yaml", models)
    settings = {setting.rung: setting for setting in file.ladder(models)[KIND]}
    known = {RULES: RungSetting(rung=RULES), EMBEDDINGS: RungSetting(rung=EMBEDDINGS), **settings}
    for name in wanted:
        if name not in known:
            raise ZamazError(f"there is no rung {name!r} for {KIND}: orchestration.yaml has {', '.join(known)}")
    judges = judges_of(OrchestratorSettings(), models)
    prompt = folder / "prompts" / f"{KIND}.md"
    text = prompt.read_text(encoding="utf-8") if prompt.exists() else ""
    chosen = tuple(known[name] for name in wanted or (RULES,))
    return Rungs(chosen, judges, Cutoffs(file.agreement.full_from, file.agreement.none_below), text, _meaning())


def _meaning() -> Meaning | None:
    found = files(None)
    return MiniLM(found) if found else None
