"""A debate as it goes, on a terminal or as plain lines: arguments as they land, positions, consensus, cost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.padding import Padding

from zamaz.cli.text import harmless
from zamaz.events import Fact, Recorded
from zamaz.events.cost import CallPriced, DebateBilled
from zamaz.events.debater import ArgumentPresented, TurnFailed
from zamaz.events.orchestration import ConsensusAssessed
from zamaz.events.workflow import (
    ConsensusReached,
    DebateCancelled,
    DebateCompleted,
    DebateFailed,
    DebateRejected,
    DebateStarted,
    DebateTimeoutOccurred,
    ParticipantLeft,
    RoundStarted,
    StepTimedOut,
    TurnRequested,
)

SMALL_MODEL = (
    "These seats are held by the small model that comes with the project. It shows the machinery, not good "
    "judgement: set a provider's key, run Ollama, or name a better file in ZAMAZ_LOCAL_GGUF."
)
SCRIPTED = "These seats read their lines from a script: no model is asked."


class Screen:
    """Shows the facts of one debate. `console` decides about colour and width."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cost = Decimal(0)
        self._turns: dict[str, TurnRequested] = {}
        self._show: dict[type[Fact], Callable[[Any], None]] = {
            DebateStarted: self._started,
            RoundStarted: self._round,
            TurnRequested: self._asked,
            ArgumentPresented: self._argument,
            TurnFailed: self._failed,
            ParticipantLeft: lambda f: self._note(f"{f.participant} leaves: {f.why}"),
            ConsensusAssessed: self._assessed,
            ConsensusReached: lambda f: self._note(f"Consensus in round {f.round} (score {f.score:.2f})."),
            StepTimedOut: lambda f: self._note(f"{f.step} ran out of time; {len(f.turns)} given up."),
            DebateTimeoutOccurred: lambda f: self._note(f"The debate ran out of time after {f.after_s:g} s."),
            CallPriced: self._priced,
            DebateBilled: self._billed,
            DebateCompleted: self._completed,
            DebateRejected: lambda f: self._end("Rejected", f"{f.reason}: {f.why}"),
            DebateFailed: lambda f: self._end("Failed", f.why),
            DebateCancelled: lambda f: self._end("Cancelled", f"by {f.by or 'somebody'}: {f.why or 'no reason given'}"),
        }

    def show(self, heard: Recorded) -> None:
        """One more fact."""
        if isinstance(heard.fact, Fact) and (show := self._show.get(type(heard.fact))):
            show(harmless(heard.fact))

    def _note(self, text: str, style: str = "dim") -> None:
        self._console.print(escape(text), style=style)

    def _started(self, fact: DebateStarted) -> None:
        self._console.rule(f"[bold]{escape(fact.workflow)}")
        for seat in fact.seats:
            self._console.print(f"  [bold]{escape(seat.participant)}[/] [dim]{seat.provider}/{escape(seat.model)}[/]")
        self._note(f"  {fact.seated_because}")
        providers = {seat.provider for seat in fact.seats}
        if "local" in providers:
            self._console.print(SMALL_MODEL, style="yellow")
        if "script" in providers:
            self._console.print(SCRIPTED, style="yellow")

    def _round(self, fact: RoundStarted) -> None:
        self._console.rule(f"Round {fact.round}", style="dim")

    def _asked(self, fact: TurnRequested) -> None:
        self._turns[fact.turn] = fact
        again = f" (attempt {fact.attempt + 1}, {fact.provider}/{fact.model})" if fact.retries else ""
        what = "decides" if fact.step == "final_decision" else "is thinking"
        self._note(f"{fact.participant} {what} …{again}")

    def _argument(self, fact: ArgumentPresented) -> None:
        self._console.print()
        self._console.print(
            f"[bold cyan]{escape(fact.participant)}[/] [dim]{fact.latency_ms / 1000:.1f} s, {escape(fact.model)}[/]"
        )
        self._console.print(Padding(Markdown(fact.argument), (0, 2)))
        if fact.position is None:
            self._note(f"  no position: {fact.unparsed}", "yellow")
            return
        choice = f" [{fact.choice}]" if fact.choice else ""
        self._console.print(f"  [bold]→ {escape(fact.position)}{escape(choice)}[/]")
        self._note(f"    {fact.verdict or 'no verdict'}, confidence {fact.confidence:.0%}{self._stances(fact)}")

    def _stances(self, fact: ArgumentPresented) -> str:
        turn = self._turns.get(fact.turn)
        labels = turn.labels if turn else {}
        towards = [f"{stance} with {labels.get(label, label)}" for label, stance in fact.on_others.items()]
        return "; " + ", ".join(towards) if towards else ""

    def _failed(self, fact: TurnFailed) -> None:
        turn = self._turns.get(fact.turn)
        who = turn.participant if turn else "a turn"
        self._note(f"{who} gave no answer: {fact.kind}: {fact.why}", "yellow")

    def _assessed(self, fact: ConsensusAssessed) -> None:
        by = f"{fact.rung} ({fact.model})" if fact.model else fact.rung
        self._console.print()
        self._console.print(f"[bold]Agreement: {fact.agreement}[/], score {fact.score:.2f} [dim]by {escape(by)}[/]")
        if fact.why:
            self._note(f"  {fact.why}")

    def _priced(self, fact: CallPriced) -> None:
        self._cost += fact.amount_usd
        if fact.amount_usd:
            self._note(f"  cost so far ${self._cost:.4f}")

    def _billed(self, fact: DebateBilled) -> None:
        inexact = [f"{fact.estimated} estimated"] * bool(fact.estimated) + [f"{fact.unpriced} unpriced"] * bool(
            fact.unpriced
        )
        extra = f" ({', '.join(inexact)})" if inexact else ""
        self._note(f"Bill: ${fact.cost_usd:.4f} for {fact.calls} calls{extra}")

    def _completed(self, fact: DebateCompleted) -> None:
        self._console.rule("[bold green]Decision")
        self._console.print(f"[bold]{escape(fact.decision)}[/]")
        self._console.print(Padding(Markdown(fact.rationale), (1, 2)))
        for dissent in fact.dissent:
            self._console.print(f"[yellow]Dissent[/] {escape(dissent.participant)}: {escape(dissent.position)}")
        if fact.partial:
            self._note("This result is partial: not every seat is in it.", "yellow")
        final = "" if fact.cost_final else ", not final"
        rounds = f"{fact.rounds} round{'s' if fact.rounds != 1 else ''}"
        self._note(
            f"Stopped by {fact.stop_reason} ({fact.stop_detail}) after {rounds}. Cost ${fact.cost_usd:.4f}{final}."
        )

    def _end(self, what: str, why: str) -> None:
        self._console.rule(f"[bold red]{what}")
        self._console.print(escape(why))
