"""What the cost service reads from the environment."""

from __future__ import annotations

from zamaz.service.settings import ServiceSettings


class CostSettings(ServiceSettings):
    """Nothing beyond what every service reads: prices and providers stand in the definitions folder."""
