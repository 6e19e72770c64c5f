"""compat.yaml: how `zamaz.compat` asks for what the existing application used to debate itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from zamaz.definition.yamlfile import Strict

Words = tuple[Annotated[str, Field(pattern=r"^[^\s*]+( [^\s*]+)*\*?$", max_length=100)], ...]
"""Words and phrases; a * at the end stands for any ending."""


class ComplexitySpec(Strict):
    """Which question is simple, moderate or complex, by the words in it."""

    complex: Words = ()
    """A question with one of these is complex."""
    moderate: Words = ()
    """Else one with one of these is moderate, as is one with no word of any list."""
    simple: Words = ()
    """Else one with one of these is simple, if it is short."""
    longest_simple: int = Field(default=300, ge=0)
    """A longer question, its context counted (characters), is never simple."""


class RequestSpec(Strict):
    """What is asked for."""

    workflow: str = Field(min_length=1, max_length=64)
    """A workflow's id."""
    participants: tuple[Annotated[str, Field(min_length=1)], ...] = Field(default=(), max_length=24)
    """Aliases of models.yaml, or provider/model; the workflow's own, unless given."""


class RequestsSpec(Strict):
    """What is asked for at each level."""

    simple: RequestSpec
    """One answer, without a debate."""
    moderate: RequestSpec
    """Where USE_ORCHESTRATION is set."""
    complex: RequestSpec
    """Where USE_ORCHESTRATION is set."""
    before: RequestSpec
    """For moderate and complex questions where USE_ORCHESTRATION is not set."""
    evolution: tuple[RequestSpec, ...] = Field(min_length=1)
    """For the application's own next improvement: the first whose workflow there is."""


class CompatFile(Strict):
    """compat.yaml."""

    model_config = ConfigDict(json_schema_extra={"title": "Compat"})

    complexity: ComplexitySpec
    """Which question is simple, moderate or complex."""
    requests: RequestsSpec
    """What is asked for at each level."""
    evolution_question: str = Field(min_length=1)
    """What is asked when the application wants to improve itself."""
    aliases: dict[str, str] = {}
    """What the application calls its participants, by the names of models.yaml."""
