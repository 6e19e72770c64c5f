"""Reading a YAML file into a strict pydantic model, with errors that name file, line, key and what was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from zamaz.definition.telling import explained, line_at
from zamaz.errors import DefinitionError


class Strict(BaseModel):
    """A part of a definition: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _means_what_it_says(cls, data: Any) -> Any:
        """YAML reads yes, no, on and off as true and false, and both would pass for 1 and 0."""
        for key, field in cls.model_fields.items():
            if isinstance(data, dict) and isinstance(data.get(key), bool):
                words = set(_leaves(field.annotation))
                if words and all(isinstance(word, str) or word in (int, float, Decimal, type(None)) for word in words):
                    raise wrong(_no_answer(data[key], words), key)
        return data

    @classmethod
    def out_of(cls, data: object, _file: str) -> object:
        """What a file says, with what it leaves to its own name."""
        return data


def wrong(problem: str, *at: int | str) -> PydanticCustomError:
    """An error of a whole, for its validators to raise: `at` is where in it the wrong part stands."""
    return PydanticCustomError("wrong", "{problem}", {"problem": problem, "at": at})


def _leaves(annotation: Any) -> Iterator[Any]:
    """What a value may be: each type, and each word of a Literal."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) is Annotated:
        yield from _leaves(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _leaves(part)
    else:
        yield annotation


def _no_answer(value: bool, words: set[Any]) -> str:
    """What is wrong with a yes or a no in the place of a number or a word."""
    read = f"YAML reads this as {str(value).lower()}"
    known = sorted(word for word in words if isinstance(word, str))
    if not known:
        return f"{read}: write a number"
    return f"{read}: the word is {'nothing' if 'nothing' in known and not value else 'one of ' + ', '.join(known)}"


def near(word: str, known: Iterable[str]) -> str:
    """The end of an error about a word that is not known: what was likely meant, or all that is known."""
    names = list(known)
    found = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f": did you mean {found[0]!r}?" if found else f": known are {', '.join(names)}" if names else ""


_ISO = (
    r"[Pp](?:(?P<D>\d{1,9})[Dd])?(?:[Tt](?=\d)(?:(?P<H>\d{1,9})[Hh])?(?:(?P<M>\d{1,9})[Mm])?"
    r"(?:(?P<S>\d{1,9}(?:\.\d{1,9})?)[Ss])?)?"
)
_PLAIN = r"(?:(?P<d>\d{1,9})[Dd])?(?:(?P<h>\d{1,9})[Hh])?(?:(?P<m>\d{1,9})[Mm])?(?:(?P<s>\d{1,9}(?:\.\d{1,9})?)[Ss]?)?"
_DURATION = re.compile(rf"{_ISO}|{_PLAIN}")
DURATION = r"(?=\S*\d)(?:" + re.sub(r"\?P<\w>", "?:", f"{_ISO}|{_PLAIN}") + ")"
"""What a duration looks like: a pattern without anchors, as Python and JSON Schema both read it."""
_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def seconds(text: str) -> float:
    """The seconds of a duration: `90`, `90s`, `5m`, `1h30m`, `1d`, or ISO 8601 as in PT5M, PT1H30M, P1D.

    Raises ValueError.
    """
    found = _DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        raise ValueError(f"{text!r} is no duration: write 90, 90s, 5m, 1h30m or PT5M")
    return sum(float(value) * _UNITS[unit.lower()] for unit, value in found.groupdict().items() if value)


def _seconds(value: object) -> object:
    return seconds(value) if isinstance(value, str) else value


_DURATION_TEXT = Annotated[str, Field(pattern=rf"^\s*{DURATION}\s*$")]
LONGEST_S = 366 * 86400.0
"""A year: far longer, and no clock has a name for when it ends."""
_NUMBER_FROM_0 = Annotated[float, Field(ge=0, le=LONGEST_S)]
_NUMBER_ABOVE_0 = Annotated[float, Field(gt=0, le=LONGEST_S)]

Seconds = Annotated[_NUMBER_FROM_0, BeforeValidator(_seconds, json_schema_input_type=_NUMBER_FROM_0 | _DURATION_TEXT)]
"""A duration: a number of seconds, `90s`, `5m`, `1h30m`, `1d` or ISO 8601 `PT5M`; a year at most."""
Patience = Annotated[
    _NUMBER_ABOVE_0, BeforeValidator(_seconds, json_schema_input_type=_NUMBER_ABOVE_0 | _DURATION_TEXT)
]
"""A duration that is not 0."""

M = TypeVar("M", bound=Strict)


def text_of(path: Path) -> str:
    """What stands in a file. Raises DefinitionError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DefinitionError(str(path), 0, "the file", error.strerror or "cannot be read") from error
    except UnicodeDecodeError as error:
        raise DefinitionError(str(path), 0, "the file", "is not UTF-8 text") from error


def read(path: Path, model: type[M]) -> M:
    """The file as a `model`. Raises DefinitionError for the first thing that is wrong."""
    return parse(text_of(path), model, str(path))


def line_of(path: Path, *at: int | str) -> int:
    """The 1-based line of a part of a file that was read, or of the part of it that is there."""
    return line_at(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader), at)


def parse(text: str, model: type[M], file: str) -> M:
    """The text as a `model`. Raises DefinitionError, with `file` in it."""
    node, data = _parsed(text, file)
    try:
        return model.model_validate(model.out_of(data if data is not None else {}, Path(file).stem))
    except ValidationError as error:
        raise explained(error, node, model, file) from error


def _parsed(text: str, file: str) -> tuple[yaml.Node | None, Any]:
    """Where everything stands, and what it is. Raises DefinitionError for what is no YAML, or says a thing twice."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None, None
        for part in _nodes(node):
            _check(part, file, loader)
        return node, loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise DefinitionError(file, line, "YAML", error.problem or "cannot be parsed") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise DefinitionError(file, line, "YAML", f"the character {error.character:#06x} cannot stand here") from error
    except RecursionError as error:
        raise DefinitionError(file, 0, "YAML", "is nested too deeply, or in itself") from error


def _nodes(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """Every node once, however often it is referred to, in the order of the file."""
    seen: set[int] = set()
    waiting = [node] if node else []
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, yaml.MappingNode):
            waiting += [side for pair in reversed(part.value) for side in reversed(pair)]
        elif isinstance(part, yaml.SequenceNode):
            waiting += reversed(part.value)


def _check(part: yaml.Node, file: str, loader: yaml.SafeLoader) -> None:
    """Raises DefinitionError for keys that are twice or no text, and for a value that is not what it looks like."""
    line = part.start_mark.line + 1
    if isinstance(part, yaml.ScalarNode):
        try:
            part.value.encode()
            if _kind(part) != "merge":
                loader.construct_object(part)
        except UnicodeEncodeError as error:
            raise DefinitionError(file, line, "YAML", "holds half a character, which is no text") from error
        except ValueError as error:
            problem = f"{part.value[:80]!r} is read as {_kind(part)}, and is none: put it in quotes"
            raise DefinitionError(file, line, "YAML", problem) from error
    elif isinstance(part, yaml.MappingNode):
        seen: set[str] = set()
        for key, _ in part.value:
            at = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or _kind(key) not in ("str", "merge"):
                shown = str(key.value)[:80] if isinstance(key, yaml.ScalarNode) else "a key"
                raise DefinitionError(file, at, shown, f"is read as {_kind(key)}, and a key is text: put it in quotes")
            if key.value in seen:
                raise DefinitionError(file, at, key.value, "stands here twice")
            seen.add(key.value)


def _kind(node: yaml.Node) -> str:
    """YAML's word for what a node is read as: str, int, bool, null, timestamp …"""
    return str(node.tag).rpartition(":")[2]
