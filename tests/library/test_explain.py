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


RULED = """\
id: ruled
participants:
  - {model: a, name: ann, side: pro, visibility: own_side, stance: that it stays}
  - {model: b, name: bob, visibility: summary}
  - {model: a, name: chair, role: moderator}
  - {model: b, name: ex, role: expert, reserve: true}
config: {max_rounds: 2, require_all_participants: true, allow_dynamic_participants: false}
steps:
  - {type: initial_arguments, order: sequential, timeout: 60, max_retries: 0}
  - {type: moderation, timeout: 60, max_retries: 0}
  - type: expert_review
    timeout: 60
    max_retries: 0
    conditions: {min_argument_length: 5, max_argument_length: 9, required_sections: [a, b], demands: [cites_sources]}
  - {type: consensus_check, timeout: 60}
  - {type: synthesis, timeout: 60, max_retries: 0}
  - {type: final_decision, timeout: 60, max_retries: 0}
rules:
  - {condition: no_consensus_after_max_rounds, action: escalate_to_human, description: A person knows.}
  - {condition: high_complexity_detected and cost_usd <= 1, action: add_expert_participant}
  - {condition: failures >= 2 and elapsed > 10m, action: abort}
  - {condition: participant_timeout, action: fallback_participant}
  - {condition: rounds == 1 and rounds_left >= 1, action: extend_debate, amount: 2, most: 2}
  - {condition: complexity < moderate and consensus == yes, action: request_clarification, target: moderation}
quality_gates:
  - gate: sources
    criteria: [cites_sources, is_short]
    action_on_failure: require_revision
    after: expert_review
    most: 2
  - {gate: hopeless, criteria: [leads somewhere], action_on_failure: complete_partial}
"""


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
        steps("initial_arguments", "consensus_check", "synthesis", "human_ruling", "final_decision"),
        plan(RULED),
        plan(RULED.replace("type: final_decision", "type: final_decision, conditions: {require_consensus: true}")),
    ],
    ids=lambda made: f"{made.flow.id}-{len(made.flow.steps)}",
)
def test_every_state_of_a_diagram_is_declared_reached_and_left(made: Plan):
    text = diagram(made)
    declared = re.findall(r'^    state "[^"]+" as (s\d+|person)$', text, re.MULTILINE)
    arrows = re.findall(r"^    (\S+) --> (\S+)(?: : [^:;\n]+)?$", text, re.MULTILINE)
    assert len(declared) - ("person" in declared) == len(made.flow.steps)
    assert len(declared) + len(arrows) + 1 == len(text.splitlines())
    assert {to for _, to in arrows} == {*declared, "[*]"} == {origin for origin, _ in arrows}
    back = [line for line in text.splitlines() if " : next round" in line]
    assert len(back) == (made.rounds > 1)


def test_roles_sight_and_stances_are_told_with_the_seats():
    said = explain(plan(RULED))
    assert "1. ann (p/a1): side pro; sees its own side alone" in said
    assert 'argues for "that it stays", whatever it thinks itself' in said
    assert "2. bob (p/b1): sees positions without their reasons" in said
    assert "3. chair (p/a1, moderator): has no position and no vote" in said
    assert "in reserve: ex (p/b1, expert)" in said
    assert "Nobody joins, leaves or is replaced while it runs." in said


def test_steps_tell_whom_they_are_put_to_and_what_is_wanted():
    said = explain(plan(RULED))
    assert "1. initial_arguments: both one after the other, each seeing those before it" in said
    assert "2. moderation: chair, seeing" in said
    assert "3. expert_review: nobody until a rule seats one, seeing" in said
    assert "wanted: at least 5 characters; at most 9 characters; the headings a and b; cites sources" in said
    assert "synthesis: chair makes one answer of all" in said


@pytest.mark.parametrize(
    "line",
    [
        "no consensus and no round is left (no_consensus_after_max_rounds): a person is asked, and decides",
        '     "A person knows."',
        "question is at least complex and it has cost at most $1.00 (high_complexity_detected): ex takes a seat",
        "3. when at least 2 calls failed and it has run for more than 10 min: the debate is cancelled",
        "4. when a turn was too late (participant_timeout): ex takes the place of who fails",
        "5. when exactly 1 round is over and at least 1 round is left: 2 rounds more are argued, twice at most",
        "6. when the question is less than moderate and there is a consensus: the panel is asked to clarify moderation",
        "gate sources, behind expert_review: cites sources and is short?",
        "if not, expert_review is asked once more, and told why, twice at most; what nobody can judge counts as met",
        "if not, it is decided on what there is, as partial, once at most",
        "- after 4 rounds more at most, where a rule adds them",
        "- when one seat cannot speak any more: all are required",
    ],
)
def test_rules_and_gates_are_sentences(line: str):
    assert line in explain(plan(RULED))


def test_a_person_is_told_where_one_is_asked():
    said = explain(steps("initial_arguments", "human_ruling", "final_decision"))
    assert "human_ruling: a person is asked, and decides; after 1 min the debate decides itself" in said
    needed = RULED.replace("type: final_decision", "type: final_decision, conditions: {require_consensus: true}")
    assert "Without a consensus, or a vote that adopts something, a person is asked and decides." in explain(
        plan(needed)
    )


def test_a_single_seat_is_told_of_as_one():
    text = "id: one\nparticipants: [gpt-4o]\nsteps: [{type: initial_arguments}, {type: final_decision}]\n"
    told = explain(plan_of(parse(text, WorkflowFile, "one.yaml"), SHIPPED.models, ()))
    assert "initial_arguments: one, without" in told
    assert "one at once" not in told
    assert "when its only seat cannot speak any more: it decides" in told
    assert "fewer than" not in told


def test_where_no_consensus_is_measured_advice_is_asked_after_a_round():
    text = "id: one\nparticipants: [gpt-4o, grok]\nconfig: {max_rounds: 3, adaptation: {}}\n"
    text += "steps: [{type: initial_arguments}, {type: final_decision}]\n"
    told = explain(plan_of(parse(text, WorkflowFile, "one.yaml"), SHIPPED.models, ()))
    assert "After a round, the orchestrator is asked how to go on" in told
    assert "without a consensus" not in told
