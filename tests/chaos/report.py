"""What a run found, as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chaos.run import Report

WIDTH = 26


def table(report: Report) -> str:
    """The whole table; the violations stand last."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    plan, audit, bought = report.plan, report.audit, report.bought
    yield f"== seed {plan.seed}: {plan.debates} debates, {plan.seconds:g} s of trouble, {report.took_s:g} s in all"
    yield _row("endings", _counts(audit.endings))
    yield _row("said once", f"{audit.facts} facts, {audit.turns} turns, {audit.rulings} rulings, {audit.prices} prices")
    yield _row("incidents", f"{len(report.incidents)}")
    for kind, times in sorted(report.by_kind.items()):
        yield _row(f"  {kind}", f"{times}")
    yield _row("bought", f"{bought.requests} requests for {bought.turns} turns")
    yield _row("bought again", _counts(bought.again))
    yield _row("calls taken over", f"{bought.takeovers}")
    yield _row("given back (expected)", _counts(report.noise.expected))
    yield _row("other error lines", _counts(report.noise.unexpected))
    yield _row("memory at the end, MiB", ", ".join(f"{name} {mb:g}" for name, mb in report.memory_mb.items()))
    yield _row("violations", f"{len(report.wrong)}")
    yield from (f"  ! {what}" for what in report.wrong)


def _row(name: str, what: str) -> str:
    return f"{name:<{WIDTH}}{what}"


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{times} {name}" for name, times in sorted(counted.items())) or "none"
