"""The bundled weights once more, in a form in which a prompt is read two to three times as fast.

llama.cpp has no fast way to read many tokens at once with weights in Q4_1, and has one for Q8_0. Each block of 32
weights is written with 8 bits where it had 4, within half a step of what it was: the model says the same. It happens
once, takes some seconds, needs numpy, and is left out where it cannot be done.
"""

from __future__ import annotations

import contextlib
import math
import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

MAGIC, ALIGNED = b"GGUF", 32
Q4_1, Q8_0 = 3, 8
FILE_TYPE, FILE_IN_Q8_0 = b"general.file_type", 7
BLOCK = 32
BYTES = {0: (1, 4), 1: (1, 2), Q4_1: (BLOCK, 20), Q8_0: (BLOCK, 34)}
"""Weights and bytes of a block, by the number of its type; those that bundled files have."""
STRING, ARRAY = 8, 9
_SCALARS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a value, by the number of its type."""


class Tensor(NamedTuple):
    """A tensor as the file's head has it: `shape` in weights, `start` in bytes behind the head."""

    name: bytes
    shape: tuple[int, ...]
    kind: int
    start: int

    def size(self, kind: int) -> int:
        """Its bytes in a type. Raises KeyError for one that is not known here."""
        weights, size = BYTES[kind]
        return math.prod(self.shape) // weights * size


class _Head:
    """The head of a file: what is said of the model (copied as it stands), and where each tensor lies."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at = data, 8
        tensors, values = self._number("Q"), self._number("Q")
        begins = self._at
        marks = [self._value() for _ in range(values)]
        self.said = bytearray(data[begins : self._at])
        self.values = values
        self.file_type = next((at - begins for name, at in marks if name == FILE_TYPE), None)
        self.tensors = [self._tensor() for _ in range(tensors)]
        self.ends = -(-self._at // ALIGNED) * ALIGNED

    def _number(self, form: str) -> int:
        (found,) = struct.unpack_from(f"<{form}", self._data, self._at)
        self._at += struct.calcsize(f"<{form}")
        return int(found)

    def _text(self) -> bytes:
        size = self._number("Q")
        self._at += size
        return bytes(self._data[self._at - size : self._at])

    def _value(self) -> tuple[bytes, int]:
        """A value's name, and where it stands; it is passed over."""
        name, kind = self._text(), self._number("I")
        at = self._at
        self._pass_over(kind)
        return name, at

    def _pass_over(self, kind: int) -> None:
        if kind == STRING:
            self._text()
        elif kind == ARRAY:
            inner, count = self._number("I"), self._number("Q")
            if inner in _SCALARS:
                self._at += _SCALARS[inner] * count
                return
            for _ in range(count):
                self._pass_over(inner)
        else:
            self._at += _SCALARS[kind]

    def _tensor(self) -> Tensor:
        name = self._text()
        shape = tuple(self._number("Q") for _ in range(self._number("I")))
        return Tensor(name, shape, self._number("I"), self._number("Q"))


def eight_bits(source: Path, folder: Path) -> Path:
    """The file in `folder` that holds the weights of `source` in Q8_0, made where it is not there yet; `source` itself
    where it cannot be made, or gains nothing by it."""
    try:
        wanted = folder / f"{source.name.removesuffix('.gguf')}-{source.stat().st_size}-as-Q8_0.gguf"
        if not wanted.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            _write(source, wanted)
        return wanted
    except (OSError, ImportError, KeyError, ValueError, struct.error):
        return source


def _write(source: Path, wanted: Path) -> None:
    """Whole or not at all, whoever else writes it at the same time. Raises OSError, and ImportError without numpy."""
    import numpy  # noqa: F401, ICN001 - before anything is written

    data = memoryview(source.read_bytes())
    head = _Head(data)
    if bytes(data[:4]) != MAGIC or not any(tensor.kind == Q4_1 for tensor in head.tensors):
        raise ValueError(f"{source} has no weights in Q4_1")
    handle, name = tempfile.mkstemp(dir=wanted.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(_parts(data, head))
        Path(name).replace(wanted)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _parts(data: memoryview, head: _Head) -> Iterator[bytes]:
    if head.file_type is not None:
        struct.pack_into("<I", head.said, head.file_type, FILE_IN_Q8_0)
    told, at = bytes(data[:8]) + struct.pack("<QQ", len(head.tensors), head.values) + bytes(head.said), 0
    for tensor in head.tensors:
        kind = Q8_0 if tensor.kind == Q4_1 else tensor.kind
        told += struct.pack("<Q", len(tensor.name)) + tensor.name
        told += struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
        told += struct.pack("<IQ", kind, at)
        at += -(-tensor.size(kind) // ALIGNED) * ALIGNED
    yield _padded(told)
    for tensor in head.tensors:
        begins = head.ends + tensor.start
        raw = data[begins : begins + tensor.size(tensor.kind)]
        yield _padded(_rewritten(raw) if tensor.kind == Q4_1 else bytes(raw))


def _padded(part: bytes) -> bytes:
    return part + bytes(-len(part) % ALIGNED)


def _rewritten(raw: memoryview) -> bytes:
    """Blocks of Q4_1 (a step, a least value, 32 times 4 bits) as blocks of Q8_0 (a step, 32 times 8 bits)."""
    import numpy as np

    blocks: Any = np.frombuffer(raw, dtype=[("step", "<f2"), ("least", "<f2"), ("bits", "u1", BLOCK // 2)])
    steps = np.concatenate([blocks["bits"] & 15, blocks["bits"] >> 4], axis=1).astype(np.float32)
    weights = steps * blocks["step"].astype(np.float32)[:, None] + blocks["least"].astype(np.float32)[:, None]
    step = np.abs(weights).max(axis=1) / 127
    found: Any = np.empty(len(blocks), dtype=[("step", "<f2"), ("bits", "i1", BLOCK)])
    found["step"] = step
    found["bits"] = np.rint(np.divide(weights, step[:, None], out=np.zeros_like(weights), where=step[:, None] > 0))
    return bytes(found.tobytes())
