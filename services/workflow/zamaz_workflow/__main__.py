"""`python -m zamaz_workflow`."""

from __future__ import annotations

import sys

from zamaz.errors import DefinitionError
from zamaz_workflow.app import build
from zamaz_workflow.settings import WorkflowSettings


def main() -> None:
    """Serve until stopped; a wrong definition ends it with a clear line and exit code 2."""
    try:
        shell = build(WorkflowSettings())
    except DefinitionError as error:
        sys.exit(f"zamaz-workflow: {error}")
    shell.run()


if __name__ == "__main__":
    main()
