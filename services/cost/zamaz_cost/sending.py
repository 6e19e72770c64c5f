"""Notifications by Apprise: the one file that names it. It is imported when the first one is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog
from pydantic import SecretStr

from zamaz.events.cost import AlertRaised

TITLES = {
    "threshold": "Zamaz Debate: a share of a budget is spent",
    "refused": "Zamaz Debate: a debate gets no money",
    "failed": "Zamaz Debate: a debate failed",
    "no_consensus": "Zamaz Debate: no consensus",
    "slow": "Zamaz Debate: a provider is slow",
}


class Sender:
    """Sends to the channels of alerts.yaml, by their URLs. A URL may hold a password: it is never logged."""

    def __init__(self, urls: Mapping[str, SecretStr]) -> None:
        self._urls = urls
        self._out = structlog.get_logger("zamaz.cost.alerts")

    async def send(self, alert: AlertRaised, channel: str) -> bool:
        """Whether the channel took it."""
        url = self._urls.get(channel)
        if url is None:
            self._out.error("a channel has no URL", channel=channel, alert=alert.alert)
            return False
        body = f"{alert.about}: {alert.why}"
        return await asyncio.to_thread(self._notify, url.get_secret_value(), TITLES[alert.kind], body)

    def _notify(self, url: str, title: str, body: str) -> bool:
        try:
            import apprise
        except ImportError:
            self._out.error("apprise is not installed: pip install zamaz-cost[alerts]")
            return False
        sender = apprise.Apprise()
        if not sender.add(url):
            self._out.error("a channel's URL is none that Apprise knows")
            return False
        return bool(sender.notify(title=title, body=body))
