"""What the model may send, and what it may be told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portero.doorman.answers import WrongShape, encode, matching, select
from portero.doorman.arguments import BadArguments, parse_arguments
from portero.doorman.catalog import build_catalog
from portero.doorman.declarations import BadTool, Tool, load_tools, packaged_entries
from portero.doorman.templates import fill, fill_path
from portero.limits import TOOL_ARGUMENTS_CHARS, TOOL_ITEMS, TOOL_OUTPUT_CHARS, TOOL_TEXT_CHARS

CATALOG = build_catalog({})
PARAMETERS = {
    "check_visitor": {"name", "plate", "id_number"},
    "find_resident": {"name", "unit"},
    "notify_resident": {"resident_id", "visitor_name", "visitor_plate"},
    "open_gate": {"visitor_name", "resident_id", "gate_id"},
    "get_recent_plates": {"minutes"},
    "transfer_to_guard": {"reason"},
    "register_visitor": {"name", "resident_id", "reason", "vehicle_plate", "id_number"},
    "end_call": {"reason"},
}


def parse(tool: str, text: str) -> dict[str, Any]:
    return parse_arguments(CATALOG[tool], text)


def test_the_tools_have_the_parameters_of_the_contract() -> None:
    assert {name: set(tool.parameters["properties"]) for name, tool in CATALOG.items()} == (
        PARAMETERS
    )


def test_good_arguments_come_back_with_the_defaults() -> None:
    assert parse("get_recent_plates", "{}") == {"minutes": 5}
    assert parse("get_recent_plates", "") == {"minutes": 5}
    assert parse("open_gate", '{"visitor_name": "Ana"}') == {
        "visitor_name": "Ana",
        "gate_id": "main_gate",
    }


def test_null_and_empty_mean_that_an_optional_argument_is_absent() -> None:
    given = '{"name": "Ana Díaz", "plate": null, "id_number": ""}'
    assert parse("check_visitor", given) == {"name": "Ana Díaz"}


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("check_visitor", "name=Ana"),
        ("check_visitor", '{"name": "Ana"'),
        ("check_visitor", "[]"),
        ("check_visitor", '"Ana"'),
        ("check_visitor", "null"),
        ("check_visitor", "{}"),
        ("check_visitor", '{"name": ""}'),
        ("check_visitor", '{"name": 5}'),
        ("check_visitor", '{"name": {"$ne": ""}}'),
        ("check_visitor", '{"name": "Ana", "admin": true}'),
        ("check_visitor", '{"name": "Ana\\u0000"}'),
        ("check_visitor", '{"name": "Ana\\r\\nX-Tenant-ID: otro"}'),
        ("check_visitor", '{"name": "\\ud800"}'),
        ("check_visitor", '{"name": "' + "a" * 121 + '"}'),
        ("check_visitor", '{"name": "' + "a" * 100_000 + '"}'),
        ("check_visitor", "[" * 2000),
        ("check_visitor", '{"a":' * 500 + "1" + "}" * 500),
        ("get_recent_plates", '{"minutes": 0}'),
        ("get_recent_plates", '{"minutes": 1e9}'),
        ("get_recent_plates", '{"minutes": NaN}'),
        ("get_recent_plates", '{"minutes": "5"}'),
        ("open_gate", '{"visitor_name": ""}x'),
        ("transfer_to_guard", "{}"),
    ],
)
def test_bad_arguments_are_explained_in_few_words(tool: str, text: str) -> None:
    with pytest.raises(BadArguments) as caught:
        parse(tool, text)
    assert 0 < len(str(caught.value)) < 1000


def test_arguments_may_be_as_long_as_the_bound_and_no_longer() -> None:
    tool = Tool("t", "", {"type": "object"})
    longest = '{"a": "' + "x" * (TOOL_ARGUMENTS_CHARS - 9) + '"}'
    assert len(longest) == TOOL_ARGUMENTS_CHARS
    parse_arguments(tool, longest)
    with pytest.raises(BadArguments):
        parse_arguments(tool, longest + " ")


def test_a_template_takes_values_with_their_type_and_leaves_absent_keys_out() -> None:
    template = {
        "minutes": "{minutes}",
        "who": "Visita: {name}",
        "deep": {"plate": "{plate}"},
        "n": 1,
    }
    assert fill(template, {"minutes": 5, "name": "Ana"}) == {
        "minutes": 5,
        "who": "Visita: Ana",
        "deep": {},
        "n": 1,
    }


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is() -> None:
    assert fill({"a": "{name}", "b": "x{name}"}, {"name": "{plate}", "plate": "ABC"}) == {
        "a": "{plate}",
        "b": "x{plate}",
    }


def test_a_value_can_not_leave_its_segment_of_a_path() -> None:
    assert fill_path("/r/{id}", {"id": "..a?b=c#dé"}) == "/r/..a%3Fb%3Dc%23d%C3%A9"
    for value in ("", ".", "..", "../gates/open", "..\\gates"):
        with pytest.raises(ValueError, match="path"):
            fill_path("/r/{id}/x", {"id": value})


def test_only_the_chosen_fields_are_shown() -> None:
    answer = {"id": 1, "phone": "55", "visitor": {"name": "Ana", "phone": "55"}, "rows": [1]}
    assert select(answer, ["id", "visitor.name", "rows", "nothing.here"]) == {
        "id": 1,
        "visitor": {"name": "Ana"},
    }


def test_a_long_list_is_cut_and_said_to_be() -> None:
    shown = select([{"id": n} for n in range(TOOL_ITEMS + 2)], ["id"])
    assert shown == {"results": [{"id": n} for n in range(TOOL_ITEMS)], "more": 2}


def test_a_long_text_is_cut() -> None:
    assert select({"a": "x" * 10_000}, ["a"]) == {"a": "x" * TOOL_TEXT_CHARS}


@pytest.mark.parametrize("answer", ["text", 5, None, [1], [{"id": 1}, None], True])
def test_an_answer_of_the_wrong_shape_is_refused(answer: Any) -> None:
    with pytest.raises(WrongShape):
        select(answer, ["id"])


def test_an_answer_that_is_too_long_is_refused() -> None:
    encode({"a": "x" * (TOOL_OUTPUT_CHARS - 8)})
    with pytest.raises(WrongShape):
        encode({"a": "x" * (TOOL_OUTPUT_CHARS - 7)})


def test_a_backend_that_does_not_filter_is_filtered() -> None:
    people = [{"name": "María López", "unit": "Casa 5"}, {"name": "José Muñoz", "unit": "8"}]
    assert matching(people, {"name": "lopez maria"}, ["name", "unit"]) == people[:1]
    assert matching(people, {"unit": "casa 08"}, ["name", "unit"]) == people[1:2]


def test_a_resident_who_has_left_is_not_found() -> None:
    people = [{"name": "Ana", "is_active": False}, {"name": "Ana", "is_active": True}]
    assert matching(people, {"name": "ana"}, ["name"]) == people[1:]


def test_a_half_surrogate_of_the_backend_does_not_reach_the_model() -> None:
    encode(select({"name": "Ana \ud800"}, ["name"])).encode("utf-8")


@pytest.mark.parametrize(
    "path",
    [
        "/gates/open",
        "/Gates/open/",
        "/{word}/open",
        "/{word}/{word}",
        "/gates/{word}",
        "/access/logs",
        "/access/logs/{word}",
        "/visitors/authorize",
        "/visitors/{word}",
        "/camera-events/",
        "/camera-events",
        "/pins/",
        "/approvals/{word}",
        "/residents/{word}",
        "/gates/../gates/open",
        "//gates/open",
        "/gates%2fopen",
        "/x?y",
        "/./gates/open",
    ],
)
def test_no_tool_of_the_installers_goes_past_policy(path: str) -> None:
    entry = {
        "description": "Abre",
        "parameters": {
            "type": "object",
            "properties": {"word": {"type": "string"}},
            "required": ["word"],
        },
        "http": {"method": "POST", "path": path},
    }
    with pytest.raises(BadTool, match=r"http\.path"):
        load_tools({"open_quickly": entry})


@pytest.mark.parametrize("rule", [{}, {"type": ["string", "number"]}, {"type": "array"}])
@pytest.mark.parametrize("name", ["check_visitor", "open_gate"])
def test_what_policy_reads_stays_text(name: str, rule: dict[str, Any]) -> None:
    entry = packaged_entries()[name]
    field = {"check_visitor": "name", "open_gate": "visitor_name"}[name]
    entry["parameters"]["properties"][field] = rule
    with pytest.raises(BadTool, match=field):
        load_tools({name: entry})


def test_a_check_without_name_plate_or_number_is_no_check() -> None:
    entry = packaged_entries()["check_visitor"]
    entry["parameters"] = {"type": "object", "properties": {"visitor_name": {"type": "string"}}}
    entry["http"]["query"] = {"q": "{visitor_name}"}
    with pytest.raises(BadTool, match="must keep name"):
        load_tools({"check_visitor": entry})


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"action": "open_gate"}, "description"),
        ({"description": "d"}, "give one of path, http, transfer"),
        ({"description": "d", "action": "reboot"}, "action must be"),
        ({"description": "d", "action": "end_call"}, "parameters must keep"),
        ({"description": "d", "http": {"path": "x"}}, "must be like"),
        ({"description": "d", "http": {"method": "BREW", "path": "/x"}}, "method"),
        ({"description": "d", "http": {"path": "/x/{id}"}}, "placeholders without a parameter"),
        ({"description": "d", "http": {"path": "/x", "match": ["age"]}}, "match"),
        ({"description": "d", "http": {"path": "/x", "headers": {}}}, "unknown keys"),
        ({"description": "d", "secret": 1, "http": {"path": "/x"}}, "unknown keys"),
        ({"description": "d", "parameters": {"type": "array"}, "http": {"path": "/x"}}, "object"),
        (
            {"description": "d", "parameters": {"type": "object", "required": 1}},
            "no JSON Schema",
        ),
        (
            {"description": "d", "parameters": {"type": "object", "$ref": "http://x"}},
            "ref",
        ),
        (
            {
                "description": "d",
                "parameters": {"type": "object", "properties": {"id": {"type": "string"}}},
                "http": {"path": "/x/{id}"},
            },
            "needs required parameters",
        ),
    ],
)
def test_a_tool_that_can_not_work_is_refused_at_the_start(
    entry: dict[str, Any], problem: str
) -> None:
    with pytest.raises(BadTool, match=problem) as caught:
        load_tools({"my_tool": entry})
    assert "tools.my_tool" in str(caught.value)


def test_declarations_are_json_for_the_realtime_api() -> None:
    for name, tool in CATALOG.items():
        declared = json.loads(json.dumps(tool.declaration()))
        assert declared["type"] == "function"
        assert declared["name"] == name
        assert declared["parameters"]["type"] == "object"
