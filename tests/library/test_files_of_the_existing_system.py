"""Files in the shape of the existing system, as they are: every key acts, or describes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from zamaz.definition import WorkflowFile, default_folder, digest, load, read, schema
from zamaz.events.flow import Conditions, Flow, Term

FILES = sorted((Path(__file__).parent / "legacy").glob("*.yaml"))
CATALOG = load(default_folder())
MODELS = CATALOG.models
SHIPPED = [found.flow() for found in CATALOG.workflows.values()]


def legacy(name: str) -> WorkflowFile:
    return read(next(path for path in FILES if path.stem == name), WorkflowFile)


@pytest.fixture(scope="module")
def whole() -> Flow:
    return legacy("platform_choice").flow()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_loads_by_the_schema_too_and_its_participants_are_aliases_that_we_know(path: Path):
    found = read(path, WorkflowFile)
    assert Draft202012Validator(schema.json_schema("workflow")).is_valid(yaml.safe_load(path.read_text()))
    assert all(MODELS.resolve(participant.model) for participant in found.participants)


def test_what_config_says_acts(whole: Flow):
    assert (whole.max_rounds, whole.min_rounds, whole.max_execution_s) == (4, 2, 2400)
    assert (whole.dynamic, whole.all_required) == (True, False)
    assert whole.consensus_threshold == 0.85, "the consensus check has a threshold of its own"
    small = legacy("small_matter").flow()
    assert (small.dynamic, small.all_required) == (False, True)


def test_steps_are_of_their_type_and_take_as_long_as_they_say(whole: Flow):
    assert [(step.id, step.type) for step in whole.steps] == [
        ("opening", "initial_arguments"),
        ("replies", "counter_arguments"),
        ("open_points", "clarification"),
        ("agreement", "consensus_check"),
        ("one_plan", "synthesis"),
        ("verdict", "final_decision"),
    ]
    assert [step.timeout_s for step in whole.steps] == [240, 240, 5400, 120, 86400, 180]
    assert whole.steps[4].who == ("gemini-2.5-pro",)
    assert whole.steps[5].who == ()
    assert [step.needs_consensus for step in whole.steps] == [False] * 5 + [True]


def test_conditions_are_measured_or_asked_under_their_own_names(whole: Flow):
    opening, replies, points, agreement, plan, verdict = (step.conditions for step in whole.steps)
    assert opening == Conditions(
        min_length=250,
        max_length=2500,
        sections=("choice", "assumptions", "price"),
        demands=("require_structure",),
    )
    assert replies == Conditions(min_length=120, demands=("must_reference_previous",))
    assert points == Conditions(max_length=900, demands=("address_concerns",))
    assert agreement == Conditions(), "its ruling tells what is shared and where they part in any case"
    assert plan.demands == ("include_implementation_plan", "include_risk_mitigation", "include_success_metrics")
    assert verdict.demands == ("include_action_items", "include_timeline")


def test_named_conditions_are_comparisons(whole: Flow):
    early, never, late, hard = whole.rules
    assert early.action == "skip_to_final_decision"
    assert early.terms == (Term(of="consensus", op="==", value=1), Term(of="rounds_left", op=">", value=0))
    assert never.terms == (Term(of="consensus", op="==", value=0), Term(of="rounds_left", op="<=", value=0))
    assert late.terms == (Term(of="timeouts", op=">", value=0),)
    assert (hard.terms, hard.target) == ((Term(of="complexity", op=">=", value=3),), "gpt-4o")
    assert whole.assess, "a rule looks at the complexity, so it is asked for"
    assert not legacy("small_matter").flow().assess


def test_a_gate_stands_behind_the_step_that_it_names_or_the_last_arguments_or_the_decision(whole: Flow):
    assert [(gate.name, gate.after) for gate in whole.gates] == [
        ("argument_quality", "open_points"),
        ("opening", "opening"),
        ("decision_quality", "verdict"),
    ]


def test_who_is_required_by_no_step_is_in_reserve_unless_all_are_required():
    assert [(p.model, p.reserve) for p in legacy("platform_choice").participants] == [
        ("claude-opus-4", False),
        ("gemini-2.5-pro", False),
        ("gpt-4o", True),
    ]
    assert not any(p.reserve for p in legacy("small_matter").participants)


def test_a_check_that_is_wanted_and_does_not_stand_there_is_added_behind_the_arguments():
    small = legacy("small_matter").flow()
    assert [step.type for step in small.steps] == ["initial_arguments", "consensus_check", "final_decision"]


def test_the_short_form_is_the_long_one():
    short = legacy("in_short")
    assert short.id == "in_short"
    assert (short.config.max_rounds, short.config.min_rounds, short.config.consensus_threshold) == (3, 1, 0.8)
    assert [p.reserve for p in short.participants] == [False, False, True]


def test_metadata_describes():
    told = legacy("platform_choice").metadata
    assert told.use_cases == ("Platforms and vendors", "What is hard to take back")
    assert (told.cost_usd, told.duration_s) == (Decimal("0.4"), 1800)
    assert told.complexity_indicators == ("platform", "vendor")


@pytest.mark.parametrize("flow", [*(read(path, WorkflowFile).flow() for path in FILES), *SHIPPED], ids=lambda f: f.id)
def test_a_flow_is_the_same_when_the_log_gives_it_back(flow: Flow):
    again = msgspec.json.decode(msgspec.json.encode(flow), type=Flow)
    assert digest(again) == digest(flow)
