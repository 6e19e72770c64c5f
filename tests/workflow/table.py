"""What the workflow's stories share: a small world, and answers of participants."""

from __future__ import annotations

from typing import Any

from zamaz.alive import Reach
from zamaz.definition import BudgetsFile, Catalog, ModelsFile, OrchestrationFile, WorkflowFile, parse
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import RulingRequested, TurnRequested
from zamaz.testing import START, Story
from zamaz_workflow.debate import Debate
from zamaz_workflow.decide import DECIDER
from zamaz_workflow.seating import World

MODELS = """
providers:
  dear: {adapter: anthropic, key_env: DEAR_KEY}
  cheap: {adapter: openai_compatible}
models:
  opus: {provider: dear, model: opus-1, max_output_tokens: 100}
  mini: {provider: cheap, model: mini-1}
  nano: {provider: cheap, model: nano-1}
"""
WORKFLOWS = (
    """
id: two_rounds
participants: [opus, mini, "nano (fallback)"]
config: {max_rounds: 2, consensus_threshold: 0.75}
steps:
  - {type: initial_arguments, timeout: 60s, max_retries: 1}
  - {type: consensus_check, timeout: 10s}
  - {type: final_decision, timeout: 60s}
""",
    """
id: with_counter
decision_type: COMPLEX
participants: [opus, mini, nano]
config: {max_rounds: 3, min_rounds: 2, max_execution_time: 10m}
steps:
  - {type: initial_arguments}
  - {type: counter_arguments}
  - {type: consensus_check}
  - {type: final_decision, participant: mini}
""",
    "id: direct\ndecision_type: SIMPLE\nparticipants: [opus]\nsteps: [{type: final_decision}]\n",
)
ALL = {"dear": Reach(True), "cheap": Reach(True)}


def catalog() -> Catalog:
    files = [parse(text, WorkflowFile, "test.yaml") for text in WORKFLOWS]
    return Catalog(
        {file.id: file for file in files},
        parse(MODELS, ModelsFile, "models.yaml"),
        parse("consensus: [{rung: rules, threshold: 0.6}]", OrchestrationFile, "orchestration.yaml"),
        {"system": "Be brief."},
        BudgetsFile(unpriced="allow"),
    )


def story(reach: dict[str, Reach] | None = None) -> Story[Debate, World]:
    world = World(START, catalog(), ALL if reach is None else reach, START, "two_rounds")
    return Story(DECIDER, world)


def asked(**more: Any) -> Story[Debate, World]:
    """A debate that was requested and has started."""
    return story().when(DebateRequested(question="Split it?", **more))


def open_turns(tale: Story[Debate, World]) -> list[TurnRequested]:
    done = {fact.turn for fact in (*tale.all(ArgumentPresented), *tale.all(TurnFailed))}
    return [turn for turn in tale.all(TurnRequested) if turn.turn not in done]


def answer(turn: TurnRequested, position: str | None = "Split it.", **more: Any) -> ArgumentPresented:
    return ArgumentPresented(
        turn=turn.turn,
        call=f"{turn.turn}-1",
        round=turn.round,
        participant=turn.participant,
        argument=f"{turn.participant} argues.",
        position=position,
        confidence=more.pop("confidence", 0.5),
        provider=turn.provider,
        model=turn.model,
        latency_ms=1,
        **more,
    )


def failed(turn: TurnRequested, kind: Any = "provider_error", *, retryable: bool = True, **more: Any) -> TurnFailed:
    return TurnFailed(turn=turn.turn, kind=kind, why=f"{kind} happened", retryable=retryable, **more)


def all_answer(tale: Story[Debate, World], **more: Any) -> Story[Debate, World]:
    for turn in open_turns(tale):
        tale = tale.when(answer(turn, **more))
    return tale


def ruled(tale: Story[Debate, World], score: float) -> Story[Debate, World]:
    """The orchestrator answers the newest ruling."""
    wanted: RulingRequested = tale.all(RulingRequested)[-1]
    agreement: Any = "full" if score == 1 else "partial" if score else "none"
    return tale.when(
        ConsensusAssessed(
            ruling=wanted.ruling,
            round=wanted.round,
            agreement=agreement,
            score=score,
            rung="rules",
            confidence=1.0,
            inputs_digest="x",
            latency_ms=0,
        )
    )
