"""What the shipped definitions are said to do, as golden texts; `ZAMAZ_WRITE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from zamaz.definition import Catalog, ModelsFile, WorkflowFile, default_folder, load, parse
from zamaz.definition.explain import Plan, calls, duration, explain, longest_s, plan_of
from zamaz.definition.mermaid import diagram
from zamaz.errors import DefinitionError

EXPLAINED = Path(__file__).parent / "explained"
SHIPPED = load(default_folder())
MODELS = "providers: {p: {adapter: ollama}}\nmodels: {a: {provider: p, model: a1}, b: {provider: p, model: b1}}"


def shipped(name: str, catalog: Catalog = SHIPPED) -> Plan:
    return plan_of(catalog.workflows[name], catalog.models, catalog.orchestration.ladder()["consensus"])


def plan(text: str) -> Plan:
    return plan_of(parse(text, WorkflowFile, "w.yaml"), parse(MODELS, ModelsFile, "models.yaml"), (), "w.yaml")


def steps(*types: str, **config: object) -> Plan:
    listed = "".join(f"  - {{type: {kind}, timeout: 60}}\n" for kind in types)
    return plan(f"id: w\nparticipants: [a, b]\nconfig: {config}\nsteps:\n{listed}")


@pytest.mark.parametrize("name", SHIPPED.workflows)
@pytest.mark.parametrize(("make", "ending"), [(explain, "txt"), (diagram, "mmd")])
def test_a_shipped_definition_is_explained_as_it_stands_here(name, make, ending):
    golden = EXPLAINED / f"{name}.{ending}"
    if os.environ.get("ZAMAZ_WRITE_GOLDEN"):
        golden.write_text(make(shipped(name)), encoding="utf-8")
    assert make(shipped(name)) == golden.read_text(encoding="utf-8")


def test_no_explanation_is_left_of_a_definition_that_is_gone():
    assert {path.stem for path in EXPLAINED.iterdir()} == set(SHIPPED.workflows)


def test_without_a_check_every_round_is_argued_and_no_ruling_is_made():
    silent = steps("initial_arguments", "final_decision", max_rounds=3)
    assert (calls(silent).fewest, calls(silent).all_rounds, calls(silent).rulings) == (7, 7, 0)
    assert "after 3 rounds: consensus is not measured" in explain(silent)
    assert "Consensus\n" not in explain(silent)


def test_a_limit_is_named_where_it_ends_the_debate_sooner_than_its_steps_do():
    limited = steps("initial_arguments", "final_decision", max_rounds=2, max_execution_time="90s")
    assert longest_s(limited) == 180
    assert "after 1 min 30 s, paused time not counted: it decides on what it has then" in explain(limited)
    roomy = steps("initial_arguments", "final_decision", max_execution_time="1h")
    assert "after 2 min at the latest" in explain(roomy)
    assert "1 h" not in explain(roomy)


def test_a_reserve_that_a_seat_is_made_of_already_adds_no_call_to_that_seat():
    made = plan(
        'id: w\nparticipants: [a, b, "a (fallback)"]\nsteps: [{type: initial_arguments}, {type: final_decision}]'
    )
    assert calls(made).most == (2 + 3) + 2


def test_the_named_participant_decides():
    made = plan(
        "id: w\nparticipants: [a, {model: b, name: judge, role: moderator}]\n"
        "steps: [{type: initial_arguments}, {type: final_decision, participant: judge}]"
    )
    assert "judge decides" in explain(made)
    assert "judge (p/b1, moderator)" in explain(made)


def test_an_unknown_participant_is_an_error():
    with pytest.raises(DefinitionError, match="'c' is neither an alias"):
        plan("id: w\nparticipants: [c]\nsteps: [{type: final_decision}]")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (45, "45 s"), (90, "1 min 30 s"), (3600, "1 h"), (5400.5, "1 h 30 min 0.5 s")]
)
def test_a_duration_loses_no_second(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    "made",
    [
        *(shipped(name) for name in SHIPPED.workflows),
        steps("initial_arguments", "counter_arguments", "final_decision", max_rounds=2),
        steps("initial_arguments", "consensus_check", "final_decision", max_rounds=3, min_rounds=2),
    ],
    ids=lambda made: f"{made.flow.id}-{len(made.flow.steps)}",
)
def test_every_state_of_a_diagram_is_declared_reached_and_left(made: Plan):
    text = diagram(made)
    declared = re.findall(r'^    state "[^"]+" as (s\d+)$', text, re.MULTILINE)
    arrows = re.findall(r"^    (\S+) --> (\S+)(?: : [^:;\n]+)?$", text, re.MULTILINE)
    assert len(declared) == len(made.flow.steps)
    assert len(declared) + len(arrows) + 1 == len(text.splitlines())
    assert {to for _, to in arrows} == {*declared, "[*]"} == {origin for origin, _ in arrows}
    back = [(one, other) for one, other in arrows if one != "[*]" != other and int(one[1:]) >= int(other[1:])]
    assert len(back) == (made.rounds > 1)
