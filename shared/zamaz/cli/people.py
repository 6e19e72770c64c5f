"""`zamaz rule`: a person decides a debate that waits for it, and is told what became of that."""

from __future__ import annotations

import click

from zamaz.cli.alter import answer_to, unanswered
from zamaz.cli.steer import on_open, whoever
from zamaz.events.workflow import DecisionMade


async def ruling(debate: str, decision: str, *, choice: str, by: str, why: str) -> None:
    """Decide a debate that waits for a human."""
    async with on_open(debate) as (client, found):
        key = await client.rule(found, decision, choice=choice, by=by or whoever(), why=why)
        answer = await answer_to(client, found, key)
    if isinstance(answer, DecisionMade):
        click.echo(f"{found} is decided: {answer.recommendation}")
    else:
        unanswered(found, "a ruling")
