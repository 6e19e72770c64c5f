"""Definitions that people edit, strict: an error names file, line, key and the likely meant key."""

from zamaz.definition.alerts import AlertsFile
from zamaz.definition.budgets import BudgetsFile
from zamaz.definition.catalog import Catalog, alerts, budgets, default_folder, load, prompt_digest, workflow_files
from zamaz.definition.models import ModelsFile, ModelSpec, ProviderSpec
from zamaz.definition.orchestration import OrchestrationFile
from zamaz.definition.participants import ParticipantSpec
from zamaz.definition.prices import ModelPrice, PricesFile
from zamaz.definition.workflow import WorkflowFile, digest
from zamaz.definition.yamlfile import parse, read

__all__ = [
    "AlertsFile",
    "BudgetsFile",
    "Catalog",
    "ModelPrice",
    "ModelSpec",
    "ModelsFile",
    "OrchestrationFile",
    "ParticipantSpec",
    "PricesFile",
    "ProviderSpec",
    "WorkflowFile",
    "alerts",
    "budgets",
    "default_folder",
    "digest",
    "load",
    "parse",
    "prompt_digest",
    "read",
    "workflow_files",
]
