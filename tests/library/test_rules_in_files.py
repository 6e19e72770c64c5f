"""Rules, gates and who takes part, as files say them: what they become, and what is wrong with them."""

from __future__ import annotations

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from zamaz.definition import WorkflowFile, condition, digest, parse, schema
from zamaz.definition.condition import NAMED, NoCondition, terms
from zamaz.errors import DefinitionError
from zamaz.events.flow import Flow, Term

GOOD = """\
id: good
participants:
  - a
  - {model: b, name: mod, role: moderator}
  - {model: c, name: ex, role: expert, reserve: true}
  - "d (fallback)"
steps:
  - {type: initial_arguments, required_participants: [a]}
  - {type: moderation}
  - {type: consensus_check}
  - {type: final_decision}
rules:
  - {condition: rounds >= 1 and consensus_score < 0.5, action: extend_debate, amount: 2}
  - {condition: failures >= 2, action: fallback_participant}
  - {condition: complexity >= moderate, action: add_expert_participant}
  - {condition: participant_timeout, action: request_clarification}
quality_gates:
  - {gate: quality, criteria: [evidence], action_on_failure: require_revision, most: 2}
"""


def wrong(old: str, new: str) -> str:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(DefinitionError) as error:
        parse(text, WorkflowFile, "w.yaml")
    return str(error.value)


def accepts(text: str) -> bool:
    return bool(Draft202012Validator(schema.json_schema("workflow")).is_valid(yaml.safe_load(text)))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("rounds >= 2", [("rounds", ">=", 2)]),
        ("rounds_left==0", [("rounds_left", "==", 0)]),
        ("score < 50%", [("score", "<", 0.5)]),
        ("consensus_score<0.5 and cost_usd > 1.50", [("score", "<", 0.5), ("cost_usd", ">", 1.5)]),
        ("cost_usd > $2", [("cost_usd", ">", 2)]),
        ("elapsed > 10m", [("elapsed_s", ">", 600)]),
        ("elapsed > PT1H30M", [("elapsed_s", ">", 5400)]),
        ("elapsed > 90", [("elapsed_s", ">", 90)]),
        ("failures != 0", [("failures", "!=", 0)]),
        ("complexity >= moderate", [("complexity", ">=", 2)]),
        ("consensus == no", [("consensus", "==", 0)]),
        (" participant_failure  and rounds <= 3 ", [("failures", ">", 0), ("rounds", "<=", 3)]),
    ],
)
def test_a_condition_is_read_into_terms_and_its_schema_takes_it(text: str, made: list[tuple[str, str, float]]):
    assert [(term.of, term.op, term.value) for term in terms(text)] == made
    assert accepts(GOOD.replace("failures >= 2", text))


@pytest.mark.parametrize(
    ("text", "column", "why"),
    [
        ("round >= 2", 1, "did you mean 'rounds'"),
        ("rounds >= two", 11, "a whole number"),
        ("rounds >= 1.5", 11, "a whole number"),
        ("rounds = 2", 8, "write =="),
        ("rounds", 7, "rounds is compared by"),
        ("rounds >=", 10, "what?"),
        ("rounds >= 2 and", 16, "a condition is missing"),
        ("rounds >= 2 or failures > 1", 13, "write a rule for each"),
        ("rounds >= 2 && failures > 1", 13, "write and"),
        ("rounds >= 2 failures > 1", 13, "write 'and'"),
        ("score > 1.5", 9, "from 0 to 1"),
        ("score > 150%", 9, "from 0 to 1"),
        ("elapsed > soon", 11, "a duration"),
        ("elapsed > P5M", 11, "a duration"),
        ("cost_usd > -1", 12, "dollars"),
        ("complexity > hard", 14, "simple, moderate, complex"),
        ("consensus_reached_erly", 1, "did you mean 'consensus_reached_early'"),
        ("weather == fine", 1, "known are consensus_reached_early"),
        ("", 1, "a condition is missing"),
    ],
)
def test_what_is_no_condition_is_named_with_its_column(text: str, column: int, why: str):
    with pytest.raises(NoCondition, match=f"^column {column}: ") as error:
        terms(text)
    assert why in str(error.value)
    assert not accepts(GOOD.replace("failures >= 2", repr(text)))


def test_every_name_of_a_condition_is_one():
    assert all(condition.terms(name) == made for name, made in condition.NAMED.items())


def test_a_rule_is_resolved_with_its_target():
    extend, fallback, expert, clarify = parse(GOOD, WorkflowFile, "w.yaml").flow().rules
    assert (extend.condition, extend.amount, extend.most) == ("rounds >= 1 and consensus_score < 0.5", 2, 1)
    assert extend.terms == (Term(of="rounds", op=">=", value=1), Term(of="score", op="<", value=0.5))
    assert (fallback.target, expert.target, clarify.target) == ("d", "ex", "moderation")


def test_a_flow_with_whole_numbers_has_the_digest_that_it_has_when_the_log_gives_it_back():
    text = GOOD.replace("failures >= 2", "no_consensus_after_max_rounds")
    flow = parse(text, WorkflowFile, "w.yaml").flow()
    assert digest(msgspec.json.decode(msgspec.json.encode(flow), type=Flow)) == digest(flow)


def test_a_gate_is_resolved_with_its_step():
    (gate,) = parse(GOOD, WorkflowFile, "w.yaml").flow().gates
    assert (gate.name, gate.criteria, gate.on_failure, gate.after, gate.most) == (
        "quality",
        ("evidence",),
        "require_revision",
        "moderation",
        2,
    )
    named = parse(GOOD.replace("gate: quality", "gate: quality, after: initial_arguments"), WorkflowFile, "w.yaml")
    assert named.flow().gates[0].after == "initial_arguments"
    about = parse(GOOD.replace("gate: quality", "gate: consensus_quality"), WorkflowFile, "w.yaml")
    assert about.flow().gates[0].after == "consensus_check"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("failures >= 2", "failure >= 2"), "w.yaml:14: rules.1.condition: column 1: 'failure' is not known"),
        (("extend_debate", "extend_debates"), "w.yaml:13: rules.0.action:"),
        (("extend_debate", "extend_debates"), "did you mean 'extend_debate'"),
        (("amount: 2", "amount: 0"), "w.yaml:13: rules.0.amount:"),
        (("fallback_participant", "abort, amount: 2"), "rules.1.amount: abort counts no rounds"),
        (("fallback_participant", "abort, target: a"), "rules.1.target: abort has no target"),
        (("request_clarification", "require_revision, target: moderatoin"), "w.yaml:16: rules.3.target: there is no"),
        (("request_clarification", "require_revision, target: moderatoin"), "did you mean 'moderation'"),
        (("request_clarification", "require_revision, target: final_decision"), "rules.3.target: there is no step of"),
        (("fallback_participant", "fallback_participant, target: e"), "rules.1.target: there is no participant 'e'"),
        (("fallback_participant", "fallback_participant, target: a"), "'a' has a seat already"),
        (("gate: quality", "gate: quality, after: consensus_chek"), "w.yaml:18: quality_gates.0.after: there is no"),
        (("criteria: [evidence]", "criteria: []"), "w.yaml:18: quality_gates.0.criteria:"),
        (("most: 2", "most: 21"), "quality_gates.0.most:"),
        (("action_on_failure", "on_failure"), "did you mean 'action_on_failure'"),
        (("required_participants: [a]", "required_participants: [a, z]"), "w.yaml:8: steps.0.required_participants:"),
        (("required_participants: [a]", "required_participants: [a, mood]"), "did you mean 'mod'"),
        (("required_participants: [a]", "required_participants: [a, a]"), "'a' stands here twice"),
        (("role: moderator", "role: guest"), "steps.1.type: moderation is for participants with the role moderator"),
        (("role: moderator", "role: moderater"), "did you mean 'moderator'"),
        (("role: moderator", "role: moderator, visibility: al"), "did you mean 'all'"),
        (("type: final_decision", "type: final_decision, participant: z"), "steps.3.participant: there is no"),
        (("type: moderation", "type: moderation, participant: mod"), "write required_participants"),
        (("type: moderation", "type: moderation, conditions: {threshold: 0.5}"), "steps.1.conditions.threshold:"),
        (("type: moderation", "type: moderation, conditions: {require_consensus: true}"), "only a final_decision"),
        (("type: moderation", "type: moderation, conditions: {address_concern: true}"), "'address_concerns'"),
        (
            ("type: moderation", "type: moderation, conditions: {min_argument_length: 9, max_argument_length: 8}"),
            "w.yaml:9: steps.1.conditions.min_argument_length: at least 9 characters and at most 8 cannot be met",
        ),
        (("type: consensus_check", "type: consensus_check, conditions: {threshold: 1.5}"), "conditions.threshold:"),
        (("type: consensus_check", "type: consensus_check, conditions: {required_sections: [x]}"), "has no arguments"),
        (("type: consensus_check", "type: consensus_check, order: sequential"), "steps.2.order: nobody takes turns"),
        (("type: moderation", "type: moderatoin"), "did you mean 'moderation'"),
        (("{type: final_decision}\n", "{type: final_decision}\n  - {type: custom}\n"), "is never reached"),
        (("{type: consensus_check}\n", "{type: vote}\n  - {type: consensus_check}\n"), "cannot stand behind vote"),
        (("{type: consensus_check}\n", "{type: consensus_check}\n  - {type: moderation}\n"), "behind consensus_check"),
        (("type: moderation", "type: moderation, timeout: P5M"), "'P5M' is no duration"),
    ],
)
def test_an_error_names_file_line_key_and_what_was_meant(change: tuple[str, str], expected: str):
    assert expected in wrong(*change)


def test_a_step_for_reserves_alone_is_nobodys_unless_a_rule_seats_one():
    reserved = GOOD.replace("- a\n", "- {model: a, reserve: false}\n").replace("[a]", "[ex]")
    assert parse(reserved, WorkflowFile, "w.yaml")
    alone = reserved.replace("add_expert_participant", "abort")
    with pytest.raises(DefinitionError, match="no rule seats one"):
        parse(alone, WorkflowFile, "w.yaml")


def test_somebody_has_to_argue():
    assert "w.yaml:2: participants: nobody argues" in wrong("  - a\n", "  - {model: a, role: observer}\n")


def test_rounds_and_config_do_not_say_it_twice():
    assert "config.max_rounds: rounds says the same" in wrong(
        "steps:", "config: {max_rounds: 2}\nrounds: {max: 2}\nsteps:"
    )
    assert "w.yaml:7: rounds.min: min 3 is more than max 2" in wrong("steps:", "rounds: {max: 2, min: 3}\nsteps:")


def test_a_file_without_an_id_is_called_by_its_name_and_a_name_that_cannot_be_one_is_refused():
    assert parse(GOOD.replace("id: good\n", ""), WorkflowFile, "dir/mine.yaml").id == "mine"
    with pytest.raises(DefinitionError, match="id: must be 1 to 64"):
        parse(GOOD.replace("id: good\n", ""), WorkflowFile, "my flow.yaml")


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("PT5M", 300), ("PT1H30M", 5400), ("P1D", 86400), ("P1DT1H", 90000), ("1d2h", 93600), ("pt1.5s", 1.5)],
)
def test_iso_durations_are_durations(written: str, seconds: float):
    text = GOOD.replace("type: moderation", f"type: moderation, timeout: {written}")
    assert parse(text, WorkflowFile, "w.yaml").flow().steps[1].timeout_s == seconds
    assert accepts(text)


@pytest.mark.parametrize("written", ["P", "PT", "P5M", "PT5", "P1DT", "1m1h", "soon"])
def test_what_is_no_duration_is_refused_by_schema_and_validation(written: str):
    text = GOOD.replace("type: moderation", f"type: moderation, timeout: {written}")
    with pytest.raises(DefinitionError, match="is no duration"):
        parse(text, WorkflowFile, "w.yaml")
    assert not accepts(text)


def test_a_flow_with_rules_has_the_digest_that_is_read_back():
    rules = "rules: [" + ", ".join(f"{{condition: {name}, action: abort}}" for name in NAMED) + "]\n"
    steps = "steps: [{type: initial_arguments}, {type: consensus_check}, {type: final_decision}]\n"
    flow = parse(f"id: w\nparticipants: [a, b]\n{steps}{rules}", WorkflowFile, "w.yaml").flow()
    assert digest(msgspec.json.decode(msgspec.json.encode(flow), type=Flow)) == digest(flow)


def test_a_person_has_all_the_time_that_the_file_does_not_limit():
    steps = "[{type: initial_arguments}, {type: human_ruling%s}, {type: final_decision}]"
    text = "id: w\nparticipants: [a, b]\nsteps: " + steps + "\n"
    endless, limited = (parse(text % more, WorkflowFile, "w.yaml").flow() for more in ("", ", timeout: 2h"))
    assert [step.timeout_s for step in endless.steps if step.type == "human_ruling"] == [0.0]
    assert [step.timeout_s for step in limited.steps if step.type == "human_ruling"] == [7200.0]
