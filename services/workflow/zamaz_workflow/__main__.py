"""`python -m zamaz_workflow`: serve until told to stop."""

from __future__ import annotations

from zamaz.service.serving import serve
from zamaz_workflow.app import build
from zamaz_workflow.settings import WorkflowSettings


def main() -> None:
    """Read the environment and serve; a wrong definition ends it with a clear line."""
    serve("workflow", build, WorkflowSettings)


if __name__ == "__main__":
    main()
