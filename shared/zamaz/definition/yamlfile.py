"""Reading a YAML file into a strict pydantic model, with errors that name file, line, key and what was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from zamaz.errors import DefinitionError


class Strict(BaseModel):
    """A part of a definition: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)


_DURATION = re.compile(r"(?:PT)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+(?:\.\d+)?)s?)?\Z", re.IGNORECASE)


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _DURATION.match(value.strip())
    if not found or not any(found.groups()):
        raise ValueError(f"{value!r} is no duration: write 90, 90s, 5m, 1h30m or PT5M")
    return int(found["h"] or 0) * 3600 + int(found["m"] or 0) * 60 + float(found["s"] or 0)


_DURATION_TEXT = Annotated[str, Field(pattern=r"^\s*(?=.*\d)([Pp][Tt])?(\d+[Hh])?(\d+[Mm])?(\d+(\.\d+)?[Ss]?)?\s*$")]
_FROM_0 = BeforeValidator(_seconds, json_schema_input_type=Annotated[float, Field(ge=0)] | _DURATION_TEXT)
_ABOVE_0 = BeforeValidator(_seconds, json_schema_input_type=Annotated[float, Field(gt=0)] | _DURATION_TEXT)

Seconds = Annotated[float, Field(ge=0), _FROM_0]
"""A duration: a number of seconds, `90s`, `5m`, `1h30m` or ISO 8601 `PT5M`."""
Patience = Annotated[float, Field(gt=0), _ABOVE_0]
"""A duration that is not 0."""

M = TypeVar("M", bound=Strict)
Location = tuple[int | str, ...]


def read(path: Path, model: type[M]) -> M:
    """The file as a `model`. Raises DefinitionError for the first thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DefinitionError(str(path), 0, path.name, error.strerror or "cannot be read") from error
    except UnicodeDecodeError as error:
        raise DefinitionError(str(path), 0, path.name, "is not UTF-8 text") from error
    return parse(text, model, str(path))


def parse(text: str, model: type[M], file: str) -> M:
    """The text as a `model`. Raises DefinitionError, with `file` in it."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise DefinitionError(file, line, "YAML", error.problem or "cannot be parsed") from error
    if node is not None and (twice := _repeated_key(node)):
        raise DefinitionError(file, twice[1], twice[0], "stands here twice")
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise _explained(error, node, model, file) from error


def _repeated_key(node: yaml.Node) -> tuple[str, int] | None:
    for mapping in _mappings(node):
        seen: set[str] = set()
        for key, _ in mapping.value:
            if key.value in seen:
                return str(key.value), key.start_mark.line + 1
            seen.add(key.value)
    return None


def _mappings(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _mappings(value)


def _explained(error: ValidationError, node: yaml.Node | None, model: type[Strict], file: str) -> DefinitionError:
    first = min(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
    location = tuple(part for part in first["loc"] if not _is_type_name(part))
    key = ".".join(map(str, location)) or "the file"
    problem, hint = str(first["msg"]).removeprefix("Value error, "), ""
    if first["type"] == "extra_forbidden":
        problem = "is no key that is known here"
        known = _known_keys(model, location[:-1])
        near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known))}"
    return DefinitionError(file, _line(node, location), key, problem, hint)


def _is_type_name(part: int | str) -> bool:
    """pydantic puts the tried member of a union into the location; keys never look like that."""
    return isinstance(part, str) and (part[:1].isupper() or part in ("str", "int", "float", "bool"))


def _line(node: yaml.Node | None, location: Location) -> int:
    """The 1-based line of the deepest part of `location` that is in the file."""
    line = node.start_mark.line + 1 if node else 0
    for part in location:
        step = _child(node, part)
        if step is None:
            return line
        key, node = step
        line = key.start_mark.line + 1
    return line


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
