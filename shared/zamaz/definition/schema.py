"""The JSON Schema (2020-12) of the files that people edit, for their editors: made of the models that validate.

A schema sees one value at a time. What relates several (the order of steps, min_rounds against max_rounds, names that
stand twice, aliases that must exist) is found by `zamaz definitions validate` alone.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from zamaz.definition.alerts import AlertsFile
from zamaz.definition.budgets import BudgetsFile
from zamaz.definition.compat import CompatFile
from zamaz.definition.models import ModelsFile
from zamaz.definition.orchestration import OrchestrationFile
from zamaz.definition.prices import PricesFile
from zamaz.definition.workflow import WorkflowFile
from zamaz.definition.yamlfile import Strict

FOLDER = "schema"
"""Where the schemas lie in a folder of definitions, as the shipped files name them on their first line."""

KINDS: dict[str, type[Strict]] = {
    "workflow": WorkflowFile,
    "models": ModelsFile,
    "orchestration": OrchestrationFile,
    "prices": PricesFile,
    "budgets": BudgetsFile,
    "alerts": AlertsFile,
    "compat": CompatFile,
}


class _Generator(GenerateJsonSchema):
    """Without titles that only repeat the key."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False


def json_schema(kind: str) -> dict[str, Any]:
    """The schema of one kind of file, a key of KINDS."""
    made = KINDS[kind].model_json_schema(schema_generator=_Generator)
    return {"$schema": _Generator.schema_dialect, **made}


def text(kind: str) -> str:
    """The schema as a file holds it."""
    return json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n"


def file_name(kind: str) -> str:
    """What its file is called."""
    return f"{kind}.schema.json"
