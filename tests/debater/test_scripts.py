"""The script provider: rules out of YAML, chosen by name, never a silent fallback."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from zamaz.definition import default_folder, read
from zamaz.definition.scripts import ScriptFile
from zamaz_debater.answer import Shape, parse
from zamaz_debater.providers.port import ProviderError
from zamaz_debater.providers.script import Script

from debater.table import call

SHIPPED = default_folder() / "scripts"


def script(folder: Path, text: str, name: str = "mine") -> Script:
    (folder / f"{name}.yaml").write_text(text)
    return Script(folder)


async def why(made: Script, **turn: object) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        await made.answer(call(**{"model": "mine", **turn}))  # type: ignore[arg-type]
    return raised.value


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda p: p.stem)
def test_the_scripts_that_come_along_are_good(path: Path) -> None:
    read(path, ScriptFile)


async def test_two_agreeing_seats_differ_in_round_one_and_agree_in_round_two() -> None:
    for name in ("agree", "null"):
        made = Script(SHIPPED)
        seats = (f"script/{name}", f"script/{name}-2")
        for round_, kinds in ((1, 2), (2, 1)):
            shape = Shape((), ("A",)) if round_ == 2 else Shape()
            told = [await made.answer(call(model=name, participant=p, round=round_, shape=shape)) for p in seats]
            parsed = [parse(reply.text, shape) for reply in told]
            assert len({p.position for p in parsed}) == len({p.verdict for p in parsed}) == kinds
            if round_ == 2:
                assert all(p.on_others == {"A": "agree"} for p in parsed)


async def test_the_first_rule_that_fits_is_used(tmp_path: Path) -> None:
    text = """
answers:
  - {participant: opus, round: 2, position: one}
  - {attempt: 1, position: two}
  - {step: final_decision, position: three}
  - {position: four}
"""
    made = script(tmp_path, text)
    for turn, position in (
        ({"round": 2}, "one"),
        ({"attempt": 1}, "two"),
        ({"step": "final_decision"}, "three"),
        ({"round": 2, "participant": "gpt"}, "four"),
    ):
        reply = await made.answer(call(model="mine", **turn))
        assert json.loads(reply.text)["position"] == position


async def test_a_step_fits_by_its_type_too(tmp_path: Path) -> None:
    made = script(tmp_path, "answers: [{step: initial_arguments, position: by type}]")
    assert "by type" in (await made.answer(call(model="mine", step="my-own-name"))).text


async def test_raw_text_is_told_as_it_is(tmp_path: Path) -> None:
    made = script(tmp_path, "answers: [{text: no block at all, finish_reason: length}]")
    reply = await made.answer(call(model="mine"))
    assert (reply.text, reply.model, reply.finish_reason) == ("no block at all", "mine", "length")


async def test_failures_and_their_waits_are_told(tmp_path: Path) -> None:
    text = (
        "answers: [{fail: {kind: rate_limited, why: slow down, retryable: true, retry_after: 2s}, usage: {input: 3}}]"
    )
    error = await why(script(tmp_path, text))
    assert (error.kind, error.why, error.retryable, error.retry_after_s) == ("rate_limited", "slow down", True, 2)
    assert error.usage is not None
    assert error.usage.input == 3


async def test_a_delay_is_waited_for_and_a_hang_never_ends(tmp_path: Path) -> None:
    made = script(tmp_path, "answers: [{round: 1, position: late, delay: 0.1}, {hang: true}]")
    began = time.monotonic()
    await made.answer(call(model="mine"))
    assert time.monotonic() - began >= 0.1
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(made.answer(call(model="mine", round=2)), 0.1)


@pytest.mark.parametrize("name", ["nowhere", "../mine", "mine.yaml", "a/b", ""])
async def test_a_script_that_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    script(tmp_path, "answers: [{position: x}]")
    error = await why(Script(tmp_path), model=name)
    assert (error.kind, error.retryable) == ("not_found", False)
    assert str(tmp_path) in error.why


async def test_a_turn_that_no_rule_is_for_says_so(tmp_path: Path) -> None:
    error = await why(script(tmp_path, "answers: [{round: 9, position: x}]"))
    assert error.kind == "bad_request"
    assert "round 1" in error.why


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("answers:\n  - {positoin: x}\n", "mine.yaml:2: answers.0.positoin: is no key that is known here"),
        ("answers:\n  - {round: 1}\n", "one of position, text, fail or hang"),
        ("answers: []", "mine.yaml:1"),
    ],
)
async def test_a_wrong_script_is_named_with_its_line(tmp_path: Path, text: str, part: str) -> None:
    error = await why(script(tmp_path, text))
    assert error.kind == "not_configured"
    assert part in error.why


async def test_a_script_that_was_edited_is_read_again(tmp_path: Path) -> None:
    made = script(tmp_path, "answers: [{position: before}]")
    assert "before" in (await made.answer(call(model="mine"))).text
    await asyncio.sleep(0.01)
    script(tmp_path, "answers: [{position: after}]")
    assert "after" in (await made.answer(call(model="mine"))).text


async def test_the_names_of_the_scripts_are_what_can_be_reached(tmp_path: Path) -> None:
    script(tmp_path, "answers: [{position: x}]")
    reach = await Script(tmp_path).reach()
    assert (reach.ok, reach.models) == (True, ("mine",))
