"""What a debate by one definition runs on, and who is asked in which of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

from msgspec.structs import replace

from zamaz.definition.models import ModelsFile
from zamaz.definition.participants import names, unique
from zamaz.definition.steps import TURN_STEPS
from zamaz.definition.who import SPEAKERS
from zamaz.definition.workflow import WorkflowFile
from zamaz.errors import DefinitionError
from zamaz.events.flow import Action, Flow, Gate, Rule, RungSetting, Seat, Step, StepType
from zamaz.events.voting import JUDGE_ROLE

ADVOCATE: Literal["devils_advocate"] = "devils_advocate"
MODERATOR, OBSERVER = "moderator", "observer"
OUTSIDE = (JUDGE_ROLE, MODERATOR, OBSERVER)
"""Roles that are asked in steps of their own alone."""
REPLACES_INITIAL: tuple[StepType, ...] = ("counter_arguments", "custom")


@dataclass(frozen=True)
class Plan:
    """What a debate by one definition runs on. `ladder` are the rungs of consensus rulings."""

    flow: Flow
    seats: tuple[Seat, ...]
    reserves: tuple[Seat, ...] = ()
    ladder: tuple[RungSetting, ...] = ()
    description: str = ""

    def only(self, kind: StepType) -> Step | None:
        """The step of a type of which there is one at most."""
        return next((step for step in self.flow.steps if step.type == kind), None)

    @property
    def turn_steps(self) -> tuple[Step, ...]:
        """The steps of a round in which somebody speaks."""
        return tuple(step for step in self.flow.steps if step.type in TURN_STEPS)

    @property
    def later_steps(self) -> tuple[Step, ...]:
        """Those of the second round and after: initial arguments are left out where the panel argues in others."""
        later = tuple(step for step in self.turn_steps if step.type != "initial_arguments")
        return later if any(step.type in REPLACES_INITIAL for step in later) else self.turn_steps

    @property
    def check(self) -> Step | None:
        """The step that measures consensus."""
        return self.only("consensus_check")

    @property
    def vote(self) -> Step | None:
        """The step that asks for votes."""
        return self.only("vote")

    @property
    def judge(self) -> Seat | None:
        """Who rules, where the protocol has a judge."""
        judges = (seat for seat in self.seats if seat.role == JUDGE_ROLE)
        return next(judges, None) if self.flow.protocol.has_judge else None

    @property
    def panel(self) -> tuple[Seat, ...]:
        """Who argues and votes."""
        return tuple(seat for seat in self.seats if seat.role not in (*OUTSIDE, ADVOCATE))

    @property
    def tie_rounds(self) -> int:
        """How many rounds a tie may add."""
        return int(self.flow.protocol.tie == "another_round")

    @property
    def added_rounds(self) -> int:
        """How many rounds rules and gates may add."""
        by_rules = sum(rule.amount * rule.most for rule in self.rules("extend_debate"))
        return (by_rules + sum(gate.most for gate in self.gates("extend_debate"))) if self.turn_steps else 0

    @property
    def advised(self) -> int:
        """How often the orchestrator may be asked how to go on: after each round but the last."""
        most = self.rounds + self.added_rounds
        return max(0, most - 1) if self.flow.adaptation and self.turn_steps else 0

    @property
    def advocates(self) -> int:
        """In how many rounds a devil's advocate may be put in, whom the definition itself does not ask."""
        adapted, in_each = self.flow.adaptation, any(step.type == ADVOCATE for step in self.later_steps)
        wanted = adapted is not None and ADVOCATE in (adapted.on_sycophancy, adapted.on_drift)
        return self.advised if wanted and not in_each else 0

    def rules(self, action: Action) -> tuple[Rule, ...]:
        """The rules of an action."""
        return tuple(rule for rule in self.flow.rules if rule.action == action)

    def gates(self, action: Action) -> tuple[Gate, ...]:
        """The gates of an action."""
        return tuple(gate for gate in self.flow.gates if gate.on_failure == action)

    @property
    def decision(self) -> Step:
        """The last step."""
        return self.flow.steps[-1]

    @property
    def rounds(self) -> int:
        """How many rounds there may be; 0 where nobody argues."""
        return self.flow.max_rounds if self.turn_steps else 0

    @property
    def decider(self) -> Seat:
        """Who decides, or words what is adopted."""
        if self.judge and self.flow.protocol.name == "judge":
            return self.judge
        return next((seat for seat in self.seats if seat.participant == self.flow.decided_by), self.panel[0])

    @property
    def quorum(self) -> int:
        """How many positions, or votes, it takes."""
        return max(2, ceil(round(self.flow.protocol.quorum * len(self.panel), 9)))

    def summaries(self, rounds: int) -> int:
        """How often older rounds are summed up in a debate of so many."""
        context = self.flow.context
        return max(0, rounds - 1 - context.rounds) if context.mode == "summary" else 0

    def speakers(self, step: Step) -> tuple[Seat, ...]:
        """Whom a step is put to."""
        if step.type == "vote":
            return self.panel
        if step.type == "final_decision":
            return (self.decider,)
        named = tuple(seat for seat in self.seats if seat.participant in step.who)
        if named:
            return named
        if step.type == "synthesis":
            return (*(seat for seat in self.seats if seat.role == MODERATOR), self.decider)[:1]
        if step.type == "devils_advocate":
            return tuple(seat for seat in self.seats if seat.role == ADVOCATE) or self.panel[:1]
        if role := SPEAKERS.get(step.type):
            return tuple(seat for seat in self.seats if seat.role == role)
        return tuple(seat for seat in self.seats if seat.role not in OUTSIDE)


def plan_of(workflow: WorkflowFile, models: ModelsFile, ladder: tuple[RungSetting, ...], file: str = "") -> Plan:
    """The plan of a definition whose participants can all be reached. Raises DefinitionError for unknown ones."""
    seats: list[Seat] = []
    reserves: list[Seat] = []
    named = names(workflow.participants)
    for name, participant in named.items():
        seat = _seat(workflow, models, participant.model, "participants", file)
        seat = replace(
            seat,
            participant=name,
            role=participant.role,
            stance=participant.stance,
            side=participant.side,
            visibility=participant.visibility,
        )
        (reserves if participant.reserve else seats).append(seat)
    flow = workflow.flow()
    if alias := workflow.config.context.by:
        by = _seat(workflow, models, alias, "config.context.by", file)
        by = replace(by, participant=unique(alias, named))
        flow = replace(flow, context=replace(flow.context, by=by))
    return Plan(flow, tuple(seats), tuple(reserves), ladder, workflow.description)


def _seat(workflow: WorkflowFile, models: ModelsFile, alias: str, key: str, file: str) -> Seat:
    """A seat of a model, whoever it is. Raises DefinitionError for an unknown one."""
    model = models.resolve(alias)
    if model is None:
        unknown = f"{alias!r} is neither an alias of models.yaml nor provider/model"
        raise DefinitionError(file or workflow.id, 0, key, unknown)
    return Seat(participant=alias, provider=model.provider, model=model.model)
