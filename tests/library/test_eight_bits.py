"""The bundled weights in eight bits: the same weights, in a form that is read faster."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from zamaz.embedded.eight_bits import BLOCK, eight_bits

pytest.importorskip("numpy")
BLOCKS = 6


def test_every_weight_is_what_it_was_within_half_a_step(tmp_path: Path) -> None:
    source, weights = written(tmp_path / "tiny.gguf")
    made = eight_bits(source, tmp_path / "kept").read_bytes()
    data = made[-BLOCKS * 34 - (-BLOCKS * 34 % 32) :]
    for n in range(BLOCKS):
        step, *bits = struct.unpack_from(f"<e{BLOCK}b", data, n * 34)
        for was, now in zip(weights[n], bits, strict=True):
            assert abs(now * step - was) <= step * 0.6, (n, was, now * step)


def test_what_is_said_of_the_model_stays_but_for_its_type(tmp_path: Path) -> None:
    source, _ = written(tmp_path / "tiny.gguf")
    made = eight_bits(source, tmp_path / "kept").read_bytes()
    assert b"general.name" in made
    assert made[made.index(b"general.file_type") + len(b"general.file_type") + 4] == 7


def test_it_is_made_once(tmp_path: Path) -> None:
    source, _ = written(tmp_path / "tiny.gguf")
    made = eight_bits(source, tmp_path / "kept")
    before = made.stat().st_mtime_ns
    assert eight_bits(source, tmp_path / "kept") == made
    assert made.stat().st_mtime_ns == before
    assert [file.name for file in made.parent.iterdir()] == [made.name]


def test_a_file_of_another_kind_and_a_folder_that_cannot_be_written_leave_it_as_it_is(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(9))
    assert eight_bits(broken, tmp_path / "kept") == broken
    source, _ = written(tmp_path / "tiny.gguf")
    (tmp_path / "a file").write_text("")
    assert eight_bits(source, tmp_path / "a file") == source
    assert not list((tmp_path / "kept").iterdir())


def written(path: Path) -> tuple[Path, list[list[float]]]:
    """A file with one tensor in Q4_1, and its weights block by block."""
    dice, weights, blocks = random.Random(1), [], b""
    for n in range(BLOCKS):
        step, least = 0.25 * n, dice.uniform(-2, 2)
        bits = [dice.randrange(16) for _ in range(BLOCK)]
        blocks += struct.pack("<ee", step, least)
        blocks += bytes(bits[i] | bits[i + BLOCK // 2] << 4 for i in range(BLOCK // 2))
        (least,) = struct.unpack("<e", struct.pack("<e", least))
        weights.append([one * step + least for one in bits])
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 3)
    head += text(b"general.name") + struct.pack("<I", 8) + text(b"tiny")
    head += text(b"general.file_type") + struct.pack("<II", 4, 3)
    head += text(b"words") + struct.pack("<IIQ", 9, 8, 2) + text(b"one") + text(b"other")
    head += text(b"weight") + struct.pack("<IQIQ", 1, BLOCK * BLOCKS, 3, 0)
    path.write_bytes(head + bytes(-len(head) % 32) + blocks)
    return path, weights


def text(written: bytes) -> bytes:
    return struct.pack("<Q", len(written)) + written
