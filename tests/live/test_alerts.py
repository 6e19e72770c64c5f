"""Alerts on a real log, to a real Apprise URL: sent once, again where a channel did not take it, and then recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from nats.aio.client import Client as Nats
from pydantic import SecretStr

from zamaz import subjects
from zamaz.definition import AlertsFile
from zamaz.events import Fact, encode, subject_of
from zamaz.events.cost import AlertRaised, AlertSent
from zamaz.events.workflow import DebateFailed
from zamaz.log import Log
from zamaz.service.delivery import Delivery, GiveBack
from zamaz_cost.sending import Sender
from zamaz_cost.telling import TRIES, Alarm

from servers.asgi import Receive, Scope, Send, answer, body_of, serving

pytestmark = pytest.mark.live
FAILED = DebateFailed(stop_reason="failure", why="nobody took a position")
FILE = AlertsFile.model_validate(
    {"channels": {"ops": {"url_env": "OPS"}}, "alerts": [{"when": "failed", "notify": ["ops"]}]}
)


@dataclass
class Hook:
    """A webhook that takes notifications, or refuses the first ones."""

    refuses: int = 0
    got: list[dict[str, str]] = field(default_factory=list)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = json.loads(await body_of(receive))
        if self.refuses > 0:
            self.refuses -= 1
            return await answer(send, 503, {})
        self.got.append(body)
        return await answer(send, 200, {})


def delivered(fact: Fact, tries: int = 1) -> tuple[subjects.Name, Delivery]:
    subject = subject_of("d", fact)
    return subjects.parse(subject), Delivery(subject, 1, tries, body=encode(fact), stored_ns=10**18)


def alarm(nc: Nats, address: str) -> Alarm:
    url = address.replace("http://", "json://ann:s3cret@")
    return Alarm(Log(nc, "cost"), FILE, Sender({"ops": SecretStr(url)}))


async def raise_it(made: Alarm) -> AlertRaised:
    named, delivery = delivered(FAILED)
    assert await made.look(named.debate, FAILED, delivery) == ["AlertRaised"]
    return AlertRaised(alert="failed", kind="failed", about="d", why=FAILED.why, channels=("ops",))


async def sent(nc: Nats) -> AlertSent | None:
    found = await Log(nc, "test").last("evt.cost.d.AlertSent.failed")
    return found.fact if found and isinstance(found.fact, AlertSent) else None


async def test_an_alert_is_sent_once_however_often_it_is_delivered(nc: Nats) -> None:
    hook = Hook()
    with serving(hook.app) as address:
        made = alarm(nc, address)
        fact = await raise_it(made)
        assert await made.hear(*delivered(fact)) == ["AlertSent"]
        assert await made.hear(*delivered(fact, 2)) == []
        assert await alarm(nc, address).hear(*delivered(fact, 3)) == []
    assert [(note["title"], note["message"]) for note in hook.got] == [
        ("Zamaz Debate: a debate failed", "d: nobody took a position")
    ]
    assert await sent(nc) == AlertSent(alert="failed", channels=("ops",))
    stored = await Log(nc, "test").stored("d")
    assert all(b"s3cret" not in one.body for one in stored)


async def test_a_channel_that_does_not_take_it_is_tried_again_and_then_given_up_in_the_open(nc: Nats) -> None:
    hook = Hook(refuses=1)
    with serving(hook.app) as address:
        made = alarm(nc, address)
        fact = await raise_it(made)
        with pytest.raises(GiveBack, match="ops did not take failed"):
            await made.hear(*delivered(fact))
        assert await sent(nc) is None
        assert await made.hear(*delivered(fact, 2)) == ["AlertSent"]
        assert len(hook.got) == 1
        hook.refuses = 99
        other = AlertRaised(alert="other", kind="failed", about="d", why="so", channels=("ops",))
        assert await made.hear(*delivered(other, TRIES)) == ["AlertSent"]
    found = await Log(nc, "test").last("evt.cost.d.AlertSent.other")
    assert found is not None
    assert found.fact == AlertSent(alert="other", failed=("ops",), tries=TRIES)
