"""What a workflow file says and cannot mean: what is surely a mistake is refused, what is likely one is told. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from zamaz.definition.config import Config
from zamaz.definition.participants import ParticipantSpec, names
from zamaz.definition.rules import GateSpec, RuleSpec
from zamaz.definition.yamlfile import wrong

LABEL = re.compile(r"[A-Z]|you|your predecessor")
"""What speakers call each other, and what each is called itself."""
Place = tuple[str | int, ...]


def check(
    participants: Sequence[ParticipantSpec], config: Config, rules: Sequence[RuleSpec], gates: Sequence[GateSpec]
) -> None:
    """Raises an error with its place for two of one name, for advice that can change nothing, and for summaries that
    nobody reads."""
    for n, participant in enumerate(participants):
        if participant.name and any(other.name == participant.name for other in participants[:n]):
            problem = f"two participants are called {participant.name!r}: give each a name of its own"
            raise wrong(problem, "participants", n, "name")
    done = {rule.action for rule in rules} | {gate.action_on_failure for gate in gates}
    if "extend_debate" not in done and config.protocol.setting().tie != "another_round":
        _check_rounds(config)


def _check_rounds(config: Config) -> None:
    """Where no round is added."""
    adapted, context = config.adaptation, config.context
    idle = adapted and adapted.moves == ("complete",) and adapted.on_sycophancy == adapted.on_drift == "nothing"
    if idle and config.min_rounds == config.max_rounds:
        problem = "complete ends no debate before min_rounds, and those are all rounds: lower min_rounds"
        raise wrong(problem, "config", "adaptation", "moves")
    if context.mode == "summary" and config.max_rounds <= context.rounds + 1:
        problem = f"nothing is ever summed up: of {config.max_rounds} rounds, the last and {context.rounds} before it "
        problem += "are shown whole. Raise max_rounds, or leave context out"
        raise wrong(problem, "config", "context", "mode")


def doubts(
    participants: Sequence[ParticipantSpec], config: Config, rules: Sequence[RuleSpec], *, measured: bool
) -> Iterator[tuple[Place, str]]:
    """What is likely a mistake, and where. `measured`: there is a consensus_check."""
    if config.adaptation and not measured:
        doubt = "how far they agree is never measured, so it is asked how to go on without that: add a consensus_check"
        yield ("config", "adaptation"), doubt
    for n, participant in enumerate(participants):
        if LABEL.fullmatch(participant.called):
            yield (
                ("participants", n),
                f"{participant.called!r} is what speakers call each other in what they read (A, B, …; you), so it will "
                "be taken for somebody else: choose another name",
            )
    by = config.context.by
    if by and any(by in (participant.model, name) for name, participant in names(participants).items()):
        yield (
            ("config", "context", "by"),
            f"{by!r} takes part in the debate, and would sum up what it argues against: another model is better",
        )
    if not any(participant.reserve for participant in participants):
        for n, rule in enumerate(rules):
            if rule.action in ("add_expert_participant", "fallback_participant"):
                yield (
                    ("rules", n, "action"),
                    f"nobody is in reserve, so {rule.action} does nothing: mark one reserve: true",
                )
