"""What a screen knows of one debate: a fold of its facts. It reads no clock; the times in it are the log's."""

from zamaz.cli.scene.fold import evolve
from zamaz.cli.scene.state import Open, Scene, by_round, stand, up_to

__all__ = ["Open", "Scene", "by_round", "evolve", "stand", "up_to"]
