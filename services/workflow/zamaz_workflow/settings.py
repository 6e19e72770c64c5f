"""What the workflow service reads from the environment."""

from __future__ import annotations

from zamaz.service.settings import ServiceSettings


class WorkflowSettings(ServiceSettings):
    """Adds ZAMAZ_DEFAULT_WORKFLOW: the definition of requests that name none."""

    default_workflow: str = "simple_debate"
