"""`zamaz models`: who can be asked, and the models of servers of one's own."""

from __future__ import annotations

import json

import click

from zamaz.cli.running import run

AT = click.option("--at", default="", metavar="HOST", help="Ollama's address (default: OLLAMA_HOST).")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object: debaters, models and what each needs.")
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """Which models can be asked now, and why the others can not; what an Ollama has, and fetching more."""
    from zamaz.cli.models import listing

    if context.invoked_subcommand is None:
        run(listing(as_json=as_json))


@models.command()
@click.argument("model", default="")
@AT
@AS_JSON
def host(model: str, at: str, as_json: bool) -> None:
    """What an Ollama server has and what of it is in memory; of MODEL, all that it knows."""
    run(_hosting(model, at, as_json=as_json))


@models.command()
@click.argument("model")
@AT
def pull(model: str, at: str) -> None:
    """Fetch MODEL onto an Ollama server, and show how it goes on."""
    run(_pulling(model, at))


@models.command()
@click.argument("model")
@click.option("--keep", default="30m", show_default=True, help="For how long: 30m; -1 for ever; 0 drops it.")
@AT
def load(model: str, keep: str, at: str) -> None:
    """Have an Ollama server load MODEL into memory, or drop it, so that others find room."""
    run(_loading(model, keep, at))


def _address(at: str) -> str:
    from zamaz.embedded.settings import EmbeddedSettings

    return at or EmbeddedSettings().ollama_host or "http://127.0.0.1:11434"


async def _hosting(model: str, at: str, *, as_json: bool) -> None:
    from rich.table import Table

    from zamaz.cli.look import wide_console
    from zamaz.cli.text import plain
    from zamaz.hosts import opened

    server = opened("ollama", _address(at))
    try:
        found = await server.show(model) if model else [one._asdict() for one in await server.models()]
    finally:
        await server.close()
    if as_json or isinstance(found, dict):
        click.echo(json.dumps(found if isinstance(found, dict) else {"at": _address(at), "models": found}, indent=2))
        return
    table = Table("model", "on disk", "parameters", "family", "quantization", "in memory", box=None)
    for one in found:
        memory = f"until {one['until']}" if one["until"] else "yes" if one["loaded"] else ""
        size = f"{int(str(one['size'])) / 1e9:.1f} GB"
        row = (one["name"], size, one["parameters"], one["family"], one["quantization"], memory)
        table.add_row(*(plain(str(cell)) for cell in row))
    wide_console().print(table if found else f"the Ollama at {_address(at)} has no models: zamaz models pull NAME")


async def _pulling(model: str, at: str) -> None:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from zamaz.cli.look import wide_console
    from zamaz.cli.voice import say
    from zamaz.hosts import opened

    server = opened("ollama", _address(at))
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    try:
        with Progress(*columns, console=wide_console()) as progress:
            task = progress.add_task(model, total=None)
            await server.pull(
                model,
                lambda what, done, whole: progress.update(
                    task, description=f"{model}: {what}", completed=done, total=whole or None
                ),
            )
    finally:
        await server.close()
    say(f"{model} is on {_address(at)}")


async def _loading(model: str, keep: str, at: str) -> None:
    from zamaz.cli.voice import say
    from zamaz.hosts import opened

    server = opened("ollama", _address(at))
    try:
        await server.load(model, keep)
    finally:
        await server.close()
    say(f"{model} is {'dropped from' if keep == '0' else 'in'} the memory of {_address(at)}")


COMMANDS: tuple[click.Command, ...] = (models,)
