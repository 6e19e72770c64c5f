"""The settings, where they are needed: an application that brings its own client and practice reads none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zamaz.errors import ZamazError

if TYPE_CHECKING:
    from zamaz.compat.settings import CompatSettings


def settings() -> CompatSettings:
    """What the environment says. Raises ZamazError where the extra is missing."""
    try:
        from zamaz.compat.settings import CompatSettings
    except ModuleNotFoundError as error:
        raise ZamazError(f'zamaz.compat: {error}. It wants: pip install "zamaz-debate[compat]"') from error
    return CompatSettings()
