"""What reading costs: the input tokens of each round of one debate, by how much its definition shows of what was said.

`PYTHONPATH=tests python -m bench.context [--seats 4] [--rounds 8]`. The debate is decided by the workflow and its
prompts are rendered by the debater, as they would be called; nobody is asked, and tokens are counted as the debater
counts them. Every answer has 1,800 characters, as arguments of 450 tokens have, and a summary has as many as its maker
is allowed.
"""

from __future__ import annotations

from dataclasses import replace

import click
from msgspec import structs
from rich.console import Console
from rich.table import Column, Table

from zamaz.definition import WorkflowFile, default_folder, parse
from zamaz.events.client import DebateRequested
from zamaz.events.debater import ArgumentPresented
from zamaz.events.workflow import DecisionMade, TurnRequested
from zamaz.testing import Story
from zamaz_debater import prompts, tokens, turn
from zamaz_debater.answer import Shape
from zamaz_workflow.debate import Debate
from zamaz_workflow.seating import World

from workflow.table import answer, catalog, open_turns, ruled, story

MODES = ("full", "window", "{mode: summary, by: nano}")
WORDS = 1800
SENTENCE = (
    "The build takes 50 minutes, forty engineers wait for it, and nobody has counted what the network will cost. "
)
NAMES = ("full", "window", "summary")


def workflow(seats: int, rounds: int, context: str) -> WorkflowFile:
    text = f"""
id: reading
participants: [{", ".join(["opus", "mini"] * seats)}]
config: {{max_rounds: {rounds}, context: {context}}}
steps: [{{type: initial_arguments}}, {{type: counter_arguments}}, {{type: consensus_check}}, {{type: final_decision}}]
"""
    file = parse(text, WorkflowFile, "reading.yaml")
    return file.model_copy(update={"participants": file.participants[:seats]})


def held(seats: int, rounds: int, context: str) -> Story[Debate, World]:
    """The whole debate, without consensus."""
    file = workflow(seats, rounds, context)
    names = {path.stem: path.read_text() for path in (default_folder() / "prompts").glob("*.md")}
    tale = story()
    known = replace(catalog(), workflows={file.id: file}, prompts=names)
    tale = replace(tale, world=replace(tale.world, catalog=known, default_workflow=file.id))
    tale = tale.when(DebateRequested(question="Should we split our monolith into services?", workflow=file.id))
    while not tale.all(DecisionMade):
        turns = open_turns(tale)
        tale = tale.when(*map(said, turns)) if turns else ruled(tale, 0)
    return tale


def said(asked: TurnRequested) -> ArgumentPresented:
    most = Shape(max_output_tokens=asked.max_output_tokens, sums_up=True).max_argument if asked.sums_up else WORDS
    given = answer(asked, None if asked.sums_up else "Split off billing first, and wait with the rest.")
    return structs.replace(given, argument=(SENTENCE * (1 + most // len(SENTENCE)))[:most])


def tokens_by_round(tale: Story[Debate, World]) -> dict[int, tuple[int, int]]:
    """Tokens that were read in each round by participants, and by whoever summed up before it."""
    debate = turn.FOLDING.fold(tale.facts, turn.Debate(tale.debate))
    texts = tale.world.catalog.prompts
    found: dict[int, tuple[int, int]] = {}
    for asked in tale.all(TurnRequested):
        read = tokens.of_bytes(prompts.render(debate, asked, texts).size)
        panel, summing = found.get(asked.round, (0, 0))
        found[asked.round] = (panel, summing + read) if asked.sums_up else (panel + read, summing)
    return found


def table(seats: int, rounds: int) -> Table:
    """A row a round, and all of them together."""
    by_mode = [tokens_by_round(held(seats, rounds, context)) for context in MODES]
    title = f"input tokens a round: {seats} seats, {rounds} rounds, the deciding turn in the last (estimates)"
    made = Table(*(Column(name, justify="right") for name in ("round", *NAMES)), title=title, box=None)
    for n in range(1, rounds + 1):
        made.add_row(str(n), *(_shown(*read[n]) for read in by_mode))
    made.add_row("all", *(_shown(*map(sum, zip(*read.values(), strict=True))) for read in by_mode))
    return made


def _shown(panel: int, summing: int) -> str:
    return f"{panel + summing:,}" + (f" ({summing:,} to sum up)" if summing else "")


@click.command(help=__doc__)
@click.option("--seats", default=4, show_default=True)
@click.option("--rounds", default=8, show_default=True)
def main(seats: int, rounds: int) -> None:
    Console(width=100).print(table(seats, rounds))


if __name__ == "__main__":
    main()
