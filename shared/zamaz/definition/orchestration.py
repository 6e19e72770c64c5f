"""orchestration.yaml: which rungs rule, in which order, and when each passes up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args

from pydantic import ConfigDict, Field, model_validator

from zamaz.definition.models import ModelsFile
from zamaz.definition.yamlfile import Patience, Strict
from zamaz.events.flow import RungSetting
from zamaz.events.workflow import RulingKind

Rung = Literal["rules", "embeddings", "ollama", "local", "grok", "cloud"]
ALIASED: tuple[Rung, ...] = ("grok", "cloud")
"""Rungs whose model is an alias of models.yaml, with a provider of its own."""
MODELLED: tuple[Rung, ...] = ("ollama", "local", *ALIASED)


class RungSpec(Strict):
    """One rung of the ladder: it answers, or passes the question up."""

    rung: Rung
    """rules: no model is asked; embeddings: nearness of meaning beside the rules; ollama, local: a small model rules;
    grok, cloud: a model that is paid for."""
    threshold: float = Field(default=0.0, ge=0, le=1)
    """Below this confidence (0..1) it passes up."""
    model: str = ""
    """Which model rules; of grok and cloud an alias of models.yaml, or provider/model."""
    timeout: Patience = 30.0
    """After so long it passes up: seconds, or 90s, 5m."""
    requests_per_minute: int = Field(default=0, ge=0)
    """How many calls all orchestrators together make a minute; 0: any number."""
    tokens_per_minute: int = Field(default=0, ge=0)
    """How many tokens those may take, in and out; 0: any number."""
    concurrency: int = Field(default=4, ge=0)
    """How many calls each orchestrator makes at once; 0: any number."""
    spend_usd: float = Field(default=0.0, ge=0)
    """How many dollars its rulings may cost one debate; 0: any number."""
    keep_alive: str = Field(default="", pattern=r"^(-?\d+(\.\d+)?(ms|s|m|h)?)?$")
    """How long Ollama keeps the model loaded after a call: 30m, or -1 for ever."""
    pull: bool = False
    """A model that Ollama lacks is fetched; meanwhile the rung passes up."""
    shows: int = Field(default=0, ge=0)
    """How many characters of what others wrote its model is shown of one question: what is short is read soon. 0: as
    many as the kind of ruling allows."""

    if_reachable: bool = False
    """It is left out of the debates whose participants cannot reach its provider either, and where models.yaml has no
    such model: without a key, nothing waits for it and no money is held back for it. Otherwise it passes up, and each
    ruling says why."""

    @model_validator(mode="after")
    def _has_a_model(self) -> RungSpec:
        if self.rung in MODELLED and not self.model:
            raise ValueError(f"the rung {self.rung} needs a model")
        return self


class AgreementSpec(Strict):
    """What a score (0..1) is called; `partial` in between."""

    full_from: float = Field(default=0.9, ge=0, le=1)
    """`full` from this score on."""
    none_below: float = Field(default=0.4, ge=0, le=1)
    """`none` below it."""


class CacheSpec(Strict):
    """Rulings of models that stand for the same question again."""

    ttl: Patience = 7 * 86400.0
    """For how long: seconds, or 90s, 5m, 24h."""
    enabled: bool = True
    """Whether any are kept."""


class ShadowSpec(Strict):
    """Rulings that are also asked of the next rung, after they were said, to measure the one that gave them."""

    share: float = Field(default=0.0, ge=0, le=1)
    """Which share of them (0..1)."""
    waiting: int = Field(default=100, ge=1, le=10_000)
    """How many may wait to be asked; what would make it more is counted and left out."""
    timeout: Patience = 60.0
    """For one of them: seconds, or 90s, 5m."""


Reachable = Callable[[str, str], bool]
"""Whether a provider's model can be asked."""


def anything(provider: str, model: str) -> bool:  # noqa: ARG001 - it does not matter which
    """Where it is not known what can be asked, everything may be."""
    return True


RULES = (RungSpec(rung="rules"),)


class OrchestrationFile(Strict):
    """The ladder of each kind of ruling, cheapest rung first."""

    model_config = ConfigDict(json_schema_extra={"title": "Orchestration"})

    consensus: tuple[RungSpec, ...] = Field(min_length=1)
    """Who says how far the positions of a round agree."""
    complexity: tuple[RungSpec, ...] = Field(default=RULES, min_length=1)
    """Who says how much debate a question deserves."""
    workflow: tuple[RungSpec, ...] = Field(default=RULES, min_length=1)
    """Who says which definition a request is best served by."""
    next_move: tuple[RungSpec, ...] = Field(default=RULES, min_length=1)
    """Who says how to go on after a round."""
    quality: tuple[RungSpec, ...] = Field(default=RULES, min_length=1)
    """Who says whether answers meet what is demanded of them."""
    novelty: tuple[RungSpec, ...] = Field(default=RULES, min_length=1)
    """Who says whether a proposal repeats an earlier decision."""
    agreement: AgreementSpec = AgreementSpec()
    """What a score is called. The score alone decides a debate."""
    cache: CacheSpec = CacheSpec()
    """Rulings of models that stand for the same question again."""
    shadow: ShadowSpec = ShadowSpec()
    """Rulings that are also asked of the next rung, to measure the one that gave them."""
    warm: tuple[RulingKind, ...] = ()
    """The kinds whose prompts local models read in advance, when an orchestrator starts."""

    def ladder(
        self, models: ModelsFile | None = None, reachable: Reachable = anything
    ) -> dict[str, tuple[RungSetting, ...]]:
        """As DebateStarted carries it, with the aliases that `models` resolves, and without the rungs that count only
        where they are `reachable` and are not. Raises KeyError for an unknown alias."""
        return {kind: tuple(self._settings(kind, models, reachable)) for kind in get_args(RulingKind)}

    def _settings(self, kind: str, models: ModelsFile | None, reachable: Reachable) -> Iterator[RungSetting]:
        for rung in self.rungs(kind):
            if rung.if_reachable and models and rung.rung in ALIASED and models.resolve(rung.model) is None:
                continue
            setting = _setting(rung, models)
            if not (rung.if_reachable and setting.provider) or reachable(setting.provider, setting.model):
                yield setting

    def rungs(self, kind: str) -> tuple[RungSpec, ...]:
        """The rungs of one kind."""
        found: tuple[RungSpec, ...] = getattr(self, kind)
        return found

    def unknown_model(self, models: ModelsFile) -> tuple[str, str]:
        """The first rung whose alias models.yaml lacks, as key and alias; two empty words where there is none. Whoever
        names other models there, needs not name those of rungs that count only where they can be asked."""
        for kind in get_args(RulingKind):
            for n, rung in enumerate(self.rungs(kind)):
                if rung.rung in ALIASED and not rung.if_reachable and models.resolve(rung.model) is None:
                    return f"{kind}.{n}.model", rung.model
        return "", ""


def _setting(rung: RungSpec, models: ModelsFile | None) -> RungSetting:
    provider, model, parameters, most = "", rung.model, dict[str, Any](), 0
    if rung.rung in ALIASED and models is not None:
        found = models.resolve(rung.model)
        if found is None:
            raise KeyError(rung.model)
        provider, model, parameters = found.provider, found.model, found.parameters
        most = found.max_output_tokens
    return RungSetting(
        rung=rung.rung,
        threshold=rung.threshold,
        model=model,
        timeout_s=rung.timeout,
        provider=provider,
        parameters=parameters,
        requests_a_minute=rung.requests_per_minute,
        tokens_a_minute=rung.tokens_per_minute,
        concurrency=rung.concurrency,
        spend_usd=rung.spend_usd,
        keep_alive=rung.keep_alive,
        pull=rung.pull,
        shows=rung.shows,
        max_output_tokens=most,
    )
