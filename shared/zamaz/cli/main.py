"""The commands. Exit codes: 0 done, 1 the debate ended without a decision, 2 wrong words, 3 no server."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from zamaz.cli.voice import NO_DECISION, NO_SERVER, USAGE, say
from zamaz.errors import DebateEndedError, ServerUnreachable, ZamazError


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command to its end; what is expected to go wrong becomes one clear line and an exit code."""
    logging.getLogger("zamaz").addHandler(logging.NullHandler())  # what matters is said in the command's own words
    try:
        asyncio.run(work)
    except DebateEndedError as error:
        say(str(error))
        sys.exit(NO_DECISION)
    except ServerUnreachable as error:
        say(f"{error}. Check ZAMAZ_NATS_URL, or unset it to use a server of our own (`zamaz up`).")
        sys.exit(NO_SERVER)
    except ZamazError as error:
        say(f"zamaz: {error}")
        sys.exit(USAGE)
    except KeyboardInterrupt:
        sys.exit(130)


def split(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """`a,b` and repeated options alike."""
    parts = tuple(part.strip() for one in value for part in one.split(",") if part.strip())
    if value and not parts:
        raise click.BadParameter("names nothing: give names separated by commas, or leave the option out")
    return parts


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zamaz-debate", prog_name="zamaz")
def main() -> None:
    """Debates between language models: ask, watch the decision come, look things up."""


@main.command()
@click.argument("question")
@click.option("--workflow", default="", help="A definition's id (default: simple_debate).")
@click.option(
    "--participants", multiple=True, callback=split, help="Aliases of models.yaml or provider/model, by comma."
)
@click.option("--options", multiple=True, callback=split, help="The options to choose from, by comma.")
@click.option(
    "--context", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A text file to debate on."
)
@click.option("--json", "as_json", is_flag=True, help="Print DebateCompleted alone on standard output.")
def ask(
    question: str,
    workflow: str,
    participants: tuple[str, ...],
    options: tuple[str, ...],
    context: Path | None,
    as_json: bool,
) -> None:
    """Debate QUESTION and show the debate as it goes.

    Where no server answers, one is started with every service for as long as the debate lasts.
    """
    from zamaz.cli.ask import Question
    from zamaz.cli.ask import ask as asking

    if not question.strip():
        raise click.UsageError('the question is empty: zamaz ask "Should we …?"')
    run(asking(Question(question, workflow, participants, options, context), as_json=as_json))


@main.command("list")
@click.option("--most", default=20, show_default=True, help="How many of the newest.")
@click.option("--status", default="", help="Only requested, running, completed, rejected, failed or cancelled ones.")
@click.option("--json", "as_json", is_flag=True)
def list_(most: int, status: str, as_json: bool) -> None:
    """The newest debates."""
    from zamaz.cli.look import listing

    run(listing(most, status, as_json=as_json))


@main.command()
@click.argument("debate")
@click.option("--json", "as_json", is_flag=True, help="Every fact of the debate, one JSON object a line.")
def show(debate: str, as_json: bool) -> None:
    """One debate: its row and what was said. DEBATE may be the beginning of its id."""
    from zamaz.cli.look import showing

    run(showing(debate, as_json=as_json))


@main.command()
@click.argument("debate")
@click.option("--why", default="", help="Kept with the debate.")
@click.option("--by", default="", help="Who asks for it (default: the name you are logged in with).")
def abort(debate: str, why: str, by: str) -> None:
    """End a running debate."""
    from zamaz.cli.look import aborting

    run(aborting(debate, by=by, why=why))


@main.command("dead-letters")
def dead_letters() -> None:
    """What no service could deal with, and why."""
    from zamaz.cli.look import dead

    run(dead())


@main.command()
@click.option("--local-model/--no-local-model", default=None, help="Start the bundled model (default: where needed).")
def up(local_model: bool | None) -> None:
    """Run the whole house here until Ctrl-C: server, model where needed, every installed service."""
    from zamaz.cli.up import up as running

    run(running(local_model))


@main.command()
@click.option("--max-bytes", default=8 * 1024**3, show_default=True, help="What the log may grow to.")
@click.option("--replicas", default=1, show_default=True, help="Of every stream, in a cluster.")
def init(max_bytes: int, replicas: int) -> None:
    """Make streams and consumers on an existing server (ZAMAZ_NATS_URL)."""
    from zamaz.cli.up import init as provisioning

    run(provisioning(max_bytes, replicas))


@main.group()
def definitions() -> None:
    """Workflows and what else people edit."""


@definitions.command("list")
def definitions_list() -> None:
    """The workflows there are."""
    from zamaz.cli.definitions import listing

    run(listing())


@definitions.command("validate")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def definitions_validate(files: tuple[Path, ...]) -> None:
    """Check FILES, or every definition."""
    from zamaz.cli.definitions import validating

    run(validating(files))
