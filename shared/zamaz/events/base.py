"""What every fact is: frozen, past tense, JSON, named by voice, type and key."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from zamaz import subjects


class Part(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """A value inside a fact. Unknown fields are ignored on reading; new ones need a default.

    JSON holds no rings, so the garbage collector has nothing to find in facts (`gc=False`): looking through all that
    are remembered took as long as folding them.
    """


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="type", tag=True, gc=False):
    """A fact of the published language.

    `voice` is the one context that may say it; `key` names the fields whose values end its subject.
    """

    voice: ClassVar[str] = ""
    key: ClassVar[tuple[str, ...]] = ()

    def once_over(self, debate: str) -> str:  # noqa: ARG002 - those that have one need it
        """The filter under which at most one fact may stand, where that is wider than the fact's own name."""
        return ""

    def named(self, *key: str) -> Fact:  # noqa: ARG002 - those that take their key from their subject need it
        """The fact under the key tokens of the subject that it was read from."""
        return self


def subject_of(debate: str, fact: Fact) -> str:
    """The subject that names `fact` in `debate`."""
    return subjects.name(fact.voice, debate, type(fact).__name__, *(str(getattr(fact, k)) for k in fact.key))
