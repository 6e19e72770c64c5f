"""What a workflow file lets the orchestrator change while a debate runs."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from zamaz.definition.yamlfile import Strict, wrong
from zamaz.events.flow import Adaptation, Response

Allowed = Literal["redirect", "complete", "pause", "escalate"]
TRIES = 1
"""How often something is done about one thing that is observed of one participant, before it is decided."""


class AdaptationSpec(Strict):
    """After each round without a consensus, the orchestrator is asked how to go on; `{}` is as below."""

    moves: tuple[Allowed, ...] = ("redirect", "complete")
    """What it may do. redirect: the next round gets something else to argue about; complete: it is decided, where
    another round is unlikely to change anything; pause: it waits until somebody resumes it; escalate: a person
    decides."""
    on_sycophancy: Response = "nothing"
    """When somebody takes over a position, or says an agreement once more, without an argument. devils_advocate: the
    next round begins with the case against what most hold; redirect: it is led back to the question; nothing."""
    on_drift: Response = "nothing"
    """When an argument is off the question. As on_sycophancy."""

    @model_validator(mode="after")
    def _does_something(self) -> AdaptationSpec:
        if not self.moves and self.on_sycophancy == self.on_drift == "nothing":
            raise wrong("no move is allowed, and nothing is done about what is observed: leave it out", "moves")
        for n, move in enumerate(self.moves):
            if move in self.moves[:n]:
                raise wrong(f"{move} stands here twice", "moves", n)
        return self

    def setting(self) -> Adaptation:
        """As the log carries it."""
        return Adaptation(moves=self.moves, on_sycophancy=self.on_sycophancy, on_drift=self.on_drift, tries=TRIES)
