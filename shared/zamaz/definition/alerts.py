"""alerts.yaml: what somebody wants to be told of, and by which channel."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, model_validator

from zamaz.definition.yamlfile import Patience, Strict
from zamaz.events.cost import AlertKind

Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class ChannelSpec(Strict):
    """Where a notification goes."""

    url_env: Variable
    """The variable (or its _FILE twin) that holds the Apprise URL: it may hold a password, so it never stands here."""


class AlertSpec(Strict):
    """What is told, and to whom."""

    when: AlertKind
    """threshold: a share of a budget is spent; refused: a budget is too small for a debate; failed: a debate came to no
    decision; no_consensus: it decided without one; slow: a provider's answers take too long."""
    notify: tuple[str, ...] = ()
    """Names of channels; none: the alert is kept in the log alone."""
    percent: int = Field(default=1, ge=1, le=100)
    """threshold only: from this share on."""
    seconds: Patience | None = None
    """slow only: how long half of a provider's newest answers may take; seconds, or 90s, 5m."""

    @model_validator(mode="after")
    def _complete(self) -> AlertSpec:
        if (self.when == "slow") != (self.seconds is not None):
            raise ValueError("slow needs seconds, and nothing else has them")
        return self


class AlertsFile(Strict):
    """Who is told of what."""

    model_config = ConfigDict(json_schema_extra={"title": "Alerts"})

    channels: dict[Annotated[str, Field(min_length=1, max_length=64)], ChannelSpec] = {}
    """Where notifications go, by name."""
    alerts: tuple[AlertSpec, ...] = ()
    """What is told."""

    @model_validator(mode="after")
    def _channels_exist(self) -> AlertsFile:
        for alert in self.alerts:
            for name in alert.notify:
                if name not in self.channels:
                    known = ", ".join(self.channels) or "none"
                    raise ValueError(f"{alert.when} notifies {name!r}, which is no channel; known are: {known}")
        return self

    def of(self, kind: AlertKind) -> tuple[AlertSpec, ...]:
        """What is said of one kind of alert."""
        return tuple(alert for alert in self.alerts if alert.when == kind)
