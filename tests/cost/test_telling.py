"""Alerts on their way out: whatever a channel does, AlertSent says who took it, and nobody is told for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from zamaz import subjects
from zamaz.definition import AlertsFile
from zamaz.events import encode, subject_of
from zamaz.events.cost import AlertRaised, AlertSent
from zamaz.service.delivery import Delivery, GiveBack
from zamaz_cost.telling import TRIES, Alarm

from cost.fakelog import FakeLog

ALERT = AlertRaised(alert="failed", kind="failed", about="d", why="no answer", channels=("mail", "chat"))
SUBJECT = subject_of("d", ALERT)


class FakeSender:
    """Does with each channel what the story says, and keeps whom it was asked to tell."""

    def __init__(self, does: Callable[[str], bool]) -> None:
        self._does, self.asked = does, list[str]()

    async def send(self, _: AlertRaised, channel: str) -> bool:
        self.asked.append(channel)
        await asyncio.sleep(0)
        return self._does(channel)


def delivery(tries: int) -> Delivery:
    return Delivery(subject=SUBJECT, body=encode(ALERT), seq=1, tries=tries, id="x")


def alarm(does: Callable[[str], bool]) -> tuple[Alarm, FakeSender, FakeLog]:
    sender: Any = FakeSender(does)
    log: Any = FakeLog()
    return Alarm(log, AlertsFile(), sender), sender, log


def sent(log: FakeLog) -> Sequence[tuple[tuple[str, ...], tuple[str, ...], int]]:
    return [
        (one.fact.channels, one.fact.failed, one.fact.tries) for one in log.facts if isinstance(one.fact, AlertSent)
    ]


def broken_mail(channel: str) -> bool:
    if channel == "mail":
        raise TypeError("json://user:password@host/")
    return True


def test_a_sender_that_breaks_is_a_channel_that_does_not_take_it_and_the_others_are_told_once() -> None:
    made, sender, log = alarm(broken_mail)

    async def story() -> None:
        for tries in range(1, TRIES):
            with pytest.raises(GiveBack, match="mail did not take failed"):
                await made.hear(subjects.parse(SUBJECT), delivery(tries))
        await made.hear(subjects.parse(SUBJECT), delivery(TRIES))

    asyncio.run(story())
    assert sent(log) == [(("chat",), ("mail",), TRIES)]
    assert (sender.asked.count("mail"), sender.asked.count("chat")) == (TRIES, 1)


def test_an_alert_that_is_delivered_again_while_it_is_sent_is_said_once() -> None:
    made, _, log = alarm(lambda _: True)

    async def story() -> None:
        await asyncio.gather(*(made.hear(subjects.parse(SUBJECT), delivery(n)) for n in (1, 2)))
        assert await made.hear(subjects.parse(SUBJECT), delivery(3)) == []

    asyncio.run(story())
    assert [one[:2] for one in sent(log)] == [(("mail", "chat"), ())]
