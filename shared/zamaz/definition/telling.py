"""How it is told what is wrong with a file: its line, its key, and what was likely meant. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from zamaz.errors import DefinitionError

Location = tuple[int | str, ...]


def explained(error: ValidationError, node: yaml.Node | None, model: type[BaseModel], file: str) -> DefinitionError:
    """The first thing that is wrong: where it stands, what is wrong with it, and what was likely meant."""
    first = min(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
    given: dict[str, Any] = first.get("ctx", {})
    location = (*_keys(node, first["loc"]), *given.get("at", ()))
    key = ".".join(map(str, location)) or "the file"
    problem, hint = _problem(first["type"], str(first["msg"]), first["input"]), ""
    if first["type"] == "extra_forbidden":
        problem = "is no key that is known here"
        hint = _meant(str(location[-1]), model, location[:-1])
    elif first["type"] == "literal_error":
        found = difflib.get_close_matches(str(first["input"]), re.findall("'([^']*)'", given["expected"]), n=1)
        hint = f"did you mean {found[0]!r}?" if found else ""
    return DefinitionError(file, line_at(node, location), key, problem, hint)


_SHAPES = {
    **dict.fromkeys(("tuple_type", "list_type"), "must be a list, as in [a, b]"),
    **dict.fromkeys(("model_type", "dict_type"), "must hold keys, as in {key: value}"),
}


def _problem(kind: str, told: str, given: Any) -> str:
    """What is wrong, in words of a file."""
    if isinstance(given, float) and given != given:
        return "is no number"
    if kind == "missing":
        return "is missing"
    if kind in _SHAPES and given is None:
        return "is empty: write what belongs here, or leave the key out"
    return _SHAPES.get(kind, told.removeprefix("Value error, "))


def _meant(word: str, model: type[BaseModel], location: Location) -> str:
    """What an unknown key was likely meant to be: one that belongs elsewhere, or one that is written much like it."""
    for name, field in () if location else model.model_fields.items():
        if any(word in part.model_fields for part in _models_in(field.annotation)):
            return f"it belongs under {name}"
    known = _known_keys(model, location)
    found = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    return f"did you mean {found[0]!r}?" if found else f"known here: {', '.join(sorted(known))}"


def _keys(node: yaml.Node | None, location: Location) -> Iterator[int | str]:
    """A place without the members of unions that pydantic has tried there: what looks like one is a key if it stands
    in the file."""
    for part in location:
        step = _child(node, part)
        if step is not None or not _is_type_name(part):
            yield part
            node = step[1] if step else None


def _is_type_name(part: int | str) -> bool:
    """Whether it may be the member of a union."""
    return isinstance(part, str) and (part[:1].isupper() or part in ("str", "int", "float", "bool"))


def line_at(node: yaml.Node | None, location: Location) -> int:
    """The 1-based line of the deepest part of `location` that is in the file."""
    found = node.start_mark.line + 1 if node else 0
    for part in location:
        step = _child(node, part)
        if step is None:
            return found
        key, node = step
        found = key.start_mark.line + 1
    return found


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    if isinstance(node, yaml.MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(part)), None)
    return None


def _known_keys(model: type[BaseModel], location: Location) -> list[str]:
    """The field names of the model that `location` leads to."""
    at: Any = model
    for part in location:
        at = _inside(at, part)
    models = list(_models_in(at))
    return [name for m in models for name in m.model_fields] or list(model.model_fields)


def _inside(annotation: Any, part: int | str) -> Any:
    for model in _models_in(annotation):
        if isinstance(part, str) and part in model.model_fields:
            return model.model_fields[part].annotation
    return annotation


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)
