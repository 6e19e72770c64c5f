"""The rungs of the ladder: whoever can be asked, one adapter each."""

from __future__ import annotations

from zamaz.definition.models import ModelsFile
from zamaz_orchestrator.port import Judge
from zamaz_orchestrator.rungs.cloud import CloudJudge
from zamaz_orchestrator.rungs.ollama import OllamaJudge
from zamaz_orchestrator.rungs.openai_compatible import OpenAIJudge
from zamaz_orchestrator.settings import OrchestratorSettings


def judges_of(settings: OrchestratorSettings, models: ModelsFile) -> dict[str, Judge]:
    """The models that can be asked, by the rung's name."""
    cloud = CloudJudge(models, settings.accesses(models))
    missing = "" if settings.local_url else "ZAMAZ_LOCAL_URL is not set"
    return {
        "ollama": OllamaJudge(settings.ollamas),
        "local": OpenAIJudge(settings.local_url, missing, lettered=True),
        "grok": cloud,
        "cloud": cloud,
    }
