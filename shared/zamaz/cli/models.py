"""`zamaz models`: who can be asked now, and why the others can not."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import click
import msgspec
from rich.table import Table

from zamaz.alive import Alive, Lease, Reach, joined, out_of_reach
from zamaz.cli import circuits
from zamaz.cli.circuits import Circuit
from zamaz.cli.look import wide_console
from zamaz.cli.server import found
from zamaz.cli.settings import CliSettings
from zamaz.cli.text import plain
from zamaz.definition import ModelsFile, read
from zamaz.definition.models import ProviderSpec
from zamaz.embedded.settings import has_value

LOOKS, LOOK_AGAIN_S = 20, 0.1
BUNDLED_AT = "ZAMAZ_LOCAL_URL"
UNTRIED = "A provider with a key counts as reached when the key is set: it is tried by the first call."
NONE_RUNS = "no debater runs"
START_ONE = "start one with `zamaz up`; `zamaz ask` starts one for the while of a debate"


async def listing(*, as_json: bool) -> None:
    """What each living debater reaches, and what that makes of the aliases of models.yaml."""
    settings = CliSettings()
    models = read(settings.definitions / "models.yaml", ModelsFile)
    server, debaters, kept = await _debaters(settings)
    if as_json:
        click.echo(json.dumps(_as_json(server, debaters, models, kept)))
        return
    console = wide_console()
    if not debaters:
        where = f"on {server}" if server else "here"
        console.print(plain(f"{NONE_RUNS} {where}: {START_ONE}"), _needs(models), sep="\n\n")
        return
    for lease, names in _alike(debaters):
        console.print(plain(f"debater {', '.join(names)} on {server}"), _providers(lease), "", sep="\n")
    if troubled := {name: one for name, one in kept.items() if one.failures or one.until}:
        console.print(_circuits(troubled), "", sep="\n")
    console.print(_aliases(models, joined(debaters.values())), plain(UNTRIED), sep="\n\n")


async def _debaters(settings: CliSettings) -> tuple[str, dict[str, Lease], dict[str, Circuit]]:
    """The server's address ("" where none runs), the lease of every debater that lives, and the circuits of their
    providers."""
    client = await found(settings)
    if client is None:
        return "", {}, {}
    async with client:
        url = client.nc.connected_url
        server = f"{url.hostname}:{url.port}" if url else ""
        for _ in range(LOOKS):
            if leases := await Alive(client.nc).leases():
                named = dict.fromkeys(name for lease in leases.values() for name in lease.providers)
                return server, leases, await circuits.of(client.nc, named, datetime.now(UTC))
            await asyncio.sleep(LOOK_AGAIN_S)
    return server, {}, {}


def _alike(debaters: dict[str, Lease]) -> list[tuple[Lease, list[str]]]:
    """Debaters that tell the same, together."""
    groups: list[tuple[Lease, list[str]]] = []
    for name, lease in sorted(debaters.items()):
        group = next((names for known, names in groups if known == lease), None)
        if group is None:
            groups.append((lease, [name]))
        else:
            group.append(name)
    return groups


def _providers(lease: Lease) -> Table:
    table = Table("provider", "reached", "models, or what is in the way", box=None)
    for name, reach in lease.providers.items():
        offers = "any" if reach.models is None else ", ".join(reach.models) or "none"
        told = "; ".join(filter(None, (offers if reach.ok else "", reach.why)))
        table.add_row(plain(name), _yes(reach.ok), plain(told))
    return table


def _circuits(troubled: dict[str, Circuit]) -> Table:
    table = Table("provider", "circuit", box=None)
    for name, one in troubled.items():
        table.add_row(plain(name), plain(one.words))
    return table


def _aliases(models: ModelsFile, reach: dict[str, Reach]) -> Table:
    table = Table("alias", "model", "can be asked", box=None)
    for alias, spec in models.models.items():
        why = out_of_reach(reach, spec.provider, spec.model)
        table.add_row(plain(alias), plain(f"{spec.provider}/{spec.model}"), plain(f"no: {why}") if why else _yes(True))
    return table


def _needs(models: ModelsFile) -> Table:
    table = Table("provider", "what a debater started from here needs for it", box=None)
    for name, spec in models.providers.items():
        table.add_row(plain(name), plain(needs(spec)))
    return table


def needs(spec: ProviderSpec) -> str:
    """What a provider takes, and whether this process' environment has it."""
    if spec.base_url_env == BUNDLED_AT and not has_value(BUNDLED_AT):
        return "the bundled model, which is started where no key is set and no Ollama answers"
    wanted = [spec.key_env] * bool(spec.key_env) + [spec.base_url_env] * bool(spec.base_url_env and not spec.base_url)
    parts = [f"{name} ({'set' if has_value(name) else 'not set'} here)" for name in wanted]
    if spec.adapter == "ollama":
        parts.append(f"an Ollama server at {spec.base_url}" + f", or {spec.base_url_env}" * bool(spec.base_url_env))
    return ", ".join(parts) or "nothing"


def _yes(ok: bool) -> str:
    return "[green]yes[/]" if ok else "[magenta]no[/]"


def _as_json(
    server: str, debaters: dict[str, Lease], models: ModelsFile, kept: dict[str, Circuit]
) -> dict[str, object]:
    reach = joined(debaters.values())
    asked = []
    for alias, spec in models.models.items():
        why = out_of_reach(reach, spec.provider, spec.model) if debaters else NONE_RUNS
        asked.append({"alias": alias, "provider": spec.provider, "model": spec.model, "ok": not why, "why": why})
    return {
        "server": server,
        "debaters": {name: msgspec.to_builtins(lease.providers) for name, lease in debaters.items()},
        "circuits": {name: msgspec.to_builtins(one) for name, one in kept.items()},
        "models": asked,
        "needs": {name: needs(spec) for name, spec in models.providers.items()},
    }
