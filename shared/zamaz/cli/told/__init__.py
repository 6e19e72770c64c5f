"""What a screen says of each fact, by what the debate is doing there."""

from zamaz.cli.told import apart, arguing, closing, opening, paying, steered
from zamaz.cli.told.ink import Told

TOLD: Told = {**opening.TOLD, **steered.TOLD, **arguing.TOLD, **paying.TOLD, **apart.TOLD, **closing.TOLD}
