"""The commands. Their exit codes are told in `voice`."""

from __future__ import annotations

from pathlib import Path

import click

from zamaz.cli import accounts, afterwards, branches, evals, meanwhile, operating, orchestration, owned
from zamaz.cli.parts import named, split
from zamaz.cli.running import run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zamaz-debate", prog_name="zamaz")
def main() -> None:
    """Debates between language models: ask, watch the decision come, look things up."""


for command in (
    *meanwhile.COMMANDS,
    *afterwards.COMMANDS,
    *branches.COMMANDS,
    *evals.COMMANDS,
    *accounts.COMMANDS,
    *operating.COMMANDS,
    *orchestration.COMMANDS,
    *owned.COMMANDS,
):
    main.add_command(command)


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
@click.option("--budget", default=None, metavar="DOLLARS", help="What the debate may cost at the most, as 1.50.")
@click.option("--requester", default="cli", show_default=True, help="Who asks: whose budgets it draws on.")
@click.option("--json", "as_json", is_flag=True, help="Print DebateCompleted alone on standard output.")
def ask(
    question: str,
    workflow: str,
    participants: tuple[str, ...],
    options: tuple[str, ...],
    context: Path | None,
    budget: str | None,
    requester: str,
    as_json: bool,
) -> None:
    """Debate QUESTION and show the debate as it goes.

    Where no server answers, one is started with every service for as long as the debate lasts.
    """
    from zamaz.cli.ask import Question
    from zamaz.cli.ask import ask as asking

    if not question.strip():
        raise click.UsageError('the question is empty: zamaz ask "Should we …?"')
    asked = Question(question, workflow, participants, options, context, budget, requester)
    run(asking(asked, as_json=as_json))


@main.command("list")
@click.option("--most", default=20, show_default=True, help="How many of the newest.")
@click.option(
    "--status",
    default="",
    help="Only requested, running, paused, waiting (for a human), completed, rejected, failed, cancelled, imported, "
    "erased or archived ones.",
)
@click.option("--json", "as_json", is_flag=True)
def list_(most: int, status: str, as_json: bool) -> None:
    """The newest debates."""
    from zamaz.cli.look import listing

    run(listing(most, status, as_json=as_json))


@main.command()
@click.argument("debate", callback=named)
@click.option("--json", "as_json", is_flag=True, help="Every fact of the debate, one JSON object a line.")
@click.option("--at", default="", metavar="SEQ|TIME", help="As it stood then: a sequence of the log, or a time (UTC).")
def show(debate: str, as_json: bool, at: str) -> None:
    """One debate: its row and what was said. DEBATE may be the beginning of its id."""
    from zamaz.cli.look import showing

    run(showing(debate, as_json=as_json, at=at))


@main.command()
@click.argument("debate", callback=named)
def watch(debate: str) -> None:
    """Follow a debate live, from its beginning. DEBATE may be the beginning of its id.

    Ctrl-C on a terminal asks whether to leave, to abort the debate, or to go on.
    """
    from zamaz.cli.watch import watching

    run(watching(debate))


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


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--mode",
    type=click.Choice(["0600", "0640", "0644"]),
    default="0600",
    show_default=True,
    help="Of the seeds. Containers run as another user: 0644 lets them read what is mounted out of FOLDER.",
)
def keys(folder: Path, mode: str) -> None:
    """Make what is missing in FOLDER of the users' seeds (USER.nk) and of keys.conf, which tells a NATS server their
    public keys.

    Whoever reads a seed can be that user: a new FOLDER is closed to everybody else (0700).
    """
    from zamaz.cli.keys import making

    run(making(folder, int(mode, 8)))


@main.command()
def permissions() -> None:
    """Print deploy/nats/permissions.conf: what each user of a server may do, with the providers of models.yaml."""
    from zamaz.cli.keys import printing

    run(printing())


@main.group("import")
def import_() -> None:
    """Debates that were held elsewhere."""


@import_.command("legacy")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def import_legacy(paths: tuple[Path, ...]) -> None:
    """Import the stored debates of the existing application: JSON files, or folders of them. Running it again
    imports what is new.
    """
    from zamaz.cli.imports import importing

    run(importing(paths))


@import_.command("archive")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def import_archive(paths: tuple[Path, ...]) -> None:
    """Put archived debates back into the log, as they were: files of `zamaz archive`, or folders of them. Needs an
    operator's key. Running it again changes nothing.
    """
    from zamaz.cli.keep import restoring

    run(restoring(paths))


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
    from zamaz.cli.validate import validating

    run(validating(files))


@definitions.command("schema")
@click.argument(
    "kind",
    type=click.Choice(["workflow", "models", "orchestration", "prices", "compat", "budgets", "alerts"]),
    default="workflow",
    required=False,
)
def definitions_schema(kind: str) -> None:
    """Print the JSON Schema (2020-12) of KIND of file (default: workflow), for editors."""
    from zamaz.cli.definitions import printing

    printing(kind)


@definitions.command("explain")
@click.argument("workflow")
@click.option("--mermaid", is_flag=True, help="As a Mermaid state diagram.")
def definitions_explain(workflow: str, mermaid: bool) -> None:
    """What WORKFLOW (an id or a file) does, in plain words: seats, steps, when it stops, how many calls."""
    from zamaz.cli.definitions import explaining

    run(explaining(workflow, mermaid=mermaid))
