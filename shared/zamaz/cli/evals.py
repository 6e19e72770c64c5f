"""The commands that measure on files and explain choices: they start nothing, and no log is needed."""

from __future__ import annotations

from pathlib import Path

import click

from zamaz.cli.parts import split
from zamaz.cli.running import run

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object with every figure.")


@click.group("eval")
def evaluate() -> None:
    """How good the cheap decisions are, on files that hold the right answers."""


@evaluate.command()
@FILE
@click.option("--rungs", multiple=True, callback=split, help="Who may rule, cheapest first, by comma (default: rules).")
@AS_JSON
def consensus(file: Path, rungs: tuple[str, ...], as_json: bool) -> None:
    """Whether the rungs see how far two answers agree.

    FILE holds labelled pairs (JSON: question, responses, label; with the seats' typed blocks, if they gave any: blocks;
    or label and facts, as `zamaz show ID --json` prints those), or stored debates (JSON lines: question, answer,
    rounds), of which every two answers of a round are a pair.
    """
    from zamaz.cli.evaluate import evaluating

    run(evaluating("consensus", file, rungs, as_json=as_json))


@evaluate.command()
@FILE
@AS_JSON
def stopping(file: Path, as_json: bool) -> None:
    """What stored debates would have saved, and got wrong, by stopping after their first round.

    FILE holds them as JSON lines: question, answer, rounds.
    """
    from zamaz.cli.evaluate import evaluating

    run(evaluating("stopping", file, (), as_json=as_json))


@click.command()
@click.argument("question")
@click.option("--context", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A text to debate on.")
@click.option("--options", multiple=True, callback=split, help="The options to choose from, by comma.")
@click.option("--models/--no-models", default=True, show_default=True, help="Ask models where the rules are not sure.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def select(question: str, context: Path | None, options: tuple[str, ...], models: bool, as_json: bool) -> None:
    """Which workflow QUESTION would get, and why: how complex it is, how many calls it takes, what it costs.

    Nothing is started. `zamaz ask --workflow auto` is served that way.
    """
    from zamaz.cli.select import selecting

    if not question.strip():
        raise click.UsageError('the question is empty: zamaz select "Should we …?"')
    run(selecting(question, context, options, models=models, as_json=as_json))


COMMANDS: tuple[click.Command, ...] = (evaluate, select)
