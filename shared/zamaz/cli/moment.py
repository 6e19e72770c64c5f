"""A debate as it stood: its facts up to a place in the log, or up to a time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from zamaz.errors import ZamazError
from zamaz.events import Recorded


class NoMoment(ZamazError):
    """It is neither a sequence of the log nor a time, or the debate had not begun then."""


def check(at: str) -> None:
    """Raises NoMoment for what is neither a sequence of the log nor a time."""
    if not _is_place(at):
        _time(at)


def until(facts: Sequence[Recorded], at: str) -> list[Recorded]:
    """The facts that stood at `at`: a sequence of the log, or an ISO 8601 time (without a zone it is UTC).

    A moment that has not come yet is now. Raises NoMoment.
    """
    if _is_place(at):
        found = [heard for heard in facts if heard.seq <= int(at)]
    else:
        moment = _time(at)
        found = [heard for heard in facts if heard.at <= moment]
    if found or not facts:
        return found
    first = facts[0]
    raise NoMoment(f"the debate had not begun at {at}: its first fact is {first.seq} in the log, stored {first.stamp}")


def _is_place(at: str) -> bool:
    return at.isascii() and at.isdigit()


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise NoMoment(
            f"{text!r} is neither a sequence of the log nor a time such as 2026-01-31T12:00:00Z ({error})"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
