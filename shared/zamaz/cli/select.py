"""`zamaz select`: which workflow a question would get, and why."""

from __future__ import annotations

import asyncio
import json
from importlib import metadata
from pathlib import Path

import click

from zamaz.cli.parts import material
from zamaz.cli.settings import CliSettings
from zamaz.cli.text import clean
from zamaz.definition.explain.units import duration
from zamaz.errors import ZamazError
from zamaz.selecting import GROUP, Found, Select, Selection, Wanted


def installed() -> Select:
    """What the installed service offers. Raises ZamazError where none does."""
    for entry in metadata.entry_points(group=GROUP):
        found: Select = entry.load()
        return found
    raise ZamazError("the orchestrator service is not installed here, so nobody can choose a workflow")


async def selecting(
    question: str, context: Path | None, options: tuple[str, ...], *, models: bool, as_json: bool
) -> None:
    """Show the choice in words, or as one JSON object."""
    read = await asyncio.to_thread(material, context)
    choose = installed()
    chosen = await choose(Wanted(question, CliSettings().definitions, read, options, models=models))
    click.echo(json.dumps(_plain(chosen)) if as_json else clean(_told(chosen)))


def _plain(chosen: Selection) -> dict[str, object]:
    fewest, rounds, most = chosen.calls
    return {
        "complexity": chosen.complexity._asdict(),
        "workflow": chosen.workflow._asdict(),
        "calls": {"earliest_consensus": fewest, "all_rounds": rounds, "most": most},
        "estimated_cost_usd": None if chosen.cost_usd is None else str(chosen.cost_usd),
        "estimated_duration_s": chosen.duration_s,
    }


def _told(chosen: Selection) -> str:
    cost = f"${chosen.cost_usd:.2f}" if chosen.cost_usd is not None else "not told by its file"
    took = duration(chosen.duration_s) if chosen.duration_s is not None else "not told by its file"
    lines = [
        *_choice("complexity", chosen.complexity),
        *_choice("workflow", chosen.workflow),
        f"            {chosen.description}",
        f"calls       {_calls(chosen.calls)}",
        f"cost        {cost}",
        f"duration    {took}",
    ]
    return "\n".join(line for line in lines if line.strip())


def _choice(what: str, found: Found) -> list[str]:
    passed = [f"            passed up: {one}" for one in found.passed]
    return [f"{what:<11} {found.what} ({found.rung}, {found.confidence:.0%} sure): {found.why}", *passed]


def _calls(counted: tuple[int, int, int]) -> str:
    fewest, rounds, most = counted
    if not most:
        return "not known: models.yaml does not have its participants"
    told = f"{fewest}" if fewest == rounds else f"{fewest} with the earliest consensus, {rounds} with all rounds"
    return f"{told}, at most {most} with every retry"
