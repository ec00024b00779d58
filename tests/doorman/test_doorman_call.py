"""The doorman in a call: what reaches the backend and the gate, and in which order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from doorway import FOUND, MARIA, NOT_FOUND, Visit, logged, output
from wire import Running

from portero.config.keypad import GuessSettings
from portero.config.rules import LimitSettings
from portero.config.settings import GateSettings, TenantSettings, ToolSettings
from portero.doorman.declarations import BadTool
from portero.limits import BACKEND_SECONDS, TOOL_CALLS
from portero.messages import text

COOLDOWN = LimitSettings().cooldown
PER_CALL = GuessSettings().per_call
REFUSED = {"authorized": False, "message": text("not_authorized", "es")}


@pytest.fixture
def visit() -> Any:
    visit = Visit()
    yield visit
    visit.wire.assert_nothing_left()


def test_an_opening_is_logged_then_ordered_then_its_outcome_is_logged(visit: Visit) -> None:
    assert visit.check() == {
        "authorized": True,
        "resident_id": "r1",
        "message": "Su autorización está vigente.",
    }
    opening = visit.open()
    log = visit.wire.accept()
    entry = json.loads(log.body)
    assert entry["event_type"] == "gate_opened"
    assert (entry["visitor_name"], entry["resident_id"]) == ("Juan Pérez", "res-7")
    assert (entry["gate_id"], entry["access_point"]) == ("main_gate", "main_gate")
    assert entry["metadata"] == {
        "call_id": "c1",
        "caller": "100",
        "state": "ordered",
        "authorization_id": "a1",
    }
    assert visit.wire.waiting == 0  # the gate has no order before the log has its entry
    log.answer(201, b'{"id": "e1"}')
    gate = visit.wire.accept()
    assert gate.received.startswith(b"POST /api/v1/gates/open ")
    assert json.loads(gate.body)["gate_id"] == "main_gate"
    gate.answer(200, b'{"success": true, "message": "ok"}')
    assert visit.outcome_written()["state"] == "acknowledged"
    assert output(opening)["ordered"] is True
    assert opening.result.verdict.rule == "expected"


@pytest.mark.parametrize("gate_id", ["main_gate", "hook"])
@pytest.mark.parametrize(
    ("how", "state"),
    [("refuse", "failed"), ("404", "failed"), ("401", "failed"), ("500", "unconfirmed"),
     ("close", "unconfirmed"), ("hang", "unconfirmed")],
)  # fmt: skip
def test_the_log_is_kept_whatever_the_device_does_and_the_order_is_given_once(
    visit: Visit, gate_id: str, how: str, state: str
) -> None:
    visit.check()
    opening = visit.open(gate_id=gate_id)
    visit.log_written()
    if how == "refuse":
        visit.wire.refuse()
    elif how == "hang":
        visit.wire.accept()
        visit.wire.reactor.advance(BACKEND_SECONDS)
    elif how == "close":
        visit.wire.accept().close()
    else:
        visit.wire.accept().answer(int(how), b"<html>")
    assert visit.outcome_written()["state"] == state
    assert output(opening)["state"] == state
    assert output(opening)["ordered"] is (state == "unconfirmed")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (b'{"success": false, "error": "jammed"}', "failed"),
        (b'{"success": "yes"}', "unconfirmed"),
        (b"[]", "unconfirmed"),
        (b"<html>", "unconfirmed"),
    ],
)
def test_only_success_true_acknowledges(visit: Visit, answer: bytes, state: str) -> None:
    visit.check()
    opening = visit.open()
    visit.log_written()
    visit.wire.accept().answer(200, answer)
    assert visit.outcome_written()["state"] == state
    assert output(opening)["state"] == state


def test_a_webhook_is_sent_as_the_settings_say(visit: Visit) -> None:
    visit.check()
    opening = visit.open(gate_id="hook")
    visit.log_written()
    gate = visit.wire.accept()
    assert gate.received.startswith(b"PUT /open?key=s3cret HTTP/1.1\r\n")
    assert b"x-key: s3cret\r\n" in gate.received.lower()
    assert b"t0ken" not in gate.received
    assert gate.body == b"<open/>"
    gate.answer(204, b"")
    assert visit.outcome_written()["detail"] == "HTTP 204"
    assert "s3cret" not in opening.result.output


def test_a_gate_that_refuses_is_a_line_for_the_installer_without_its_secrets(
    visit: Visit,
) -> None:
    visit.check()
    visit.open(gate_id="hook")
    visit.log_written()
    with logged() as lines:
        visit.wire.accept().answer(401, b"s3cret")
    visit.outcome_written()
    (line,) = lines
    assert "hook" in line
    assert "HTTP 401" in line
    assert "s3cret" not in repr(lines)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://gate:port/", {}),
        ("http://a..b/", {}),
        ("http://[::1/", {}),
        ("http://gate/", {"a b": "x"}),
    ],
)
def test_an_address_that_can_not_be_used_is_an_order_that_failed(
    url: str, headers: dict[str, str]
) -> None:
    gate = GateSettings(driver="webhook", url=url, headers=headers)  # type: ignore[arg-type]
    visit = Visit(TenantSettings(id="robles", gates={"main_gate": gate}))
    visit.check()
    opening = visit.open()
    visit.log_written()
    assert visit.outcome_written()["state"] == "failed"
    assert output(opening)["ordered"] is False
    visit.wire.assert_nothing_left()


def test_without_a_check_neither_log_nor_gate_is_touched(visit: Visit) -> None:
    opening = visit.open()
    assert output(opening)["state"] == "refused"
    assert (opening.result.verdict.allowed, opening.result.error) == (False, True)


def test_arguments_authorise_nobody(visit: Visit) -> None:
    visit.check(NOT_FOUND)
    whom = visit.find(MARIA)["resident_id"]
    visit.start("register_visitor", name="Juan Pérez", resident_id=whom, reason="amigo")
    visit.wire.accept().answer(201, b'{"id":"v1","authorized":true,"name":"Juan P\xc3\xa9rez"}')
    assert visit.open(resident_id=whom).result.verdict.rule == "not_authorized"


def test_a_check_of_an_earlier_call_counts_for_nothing(visit: Visit) -> None:
    other = Visit()
    other.check()
    assert visit.open().result.verdict.rule == "not_checked"


def test_nobody_learns_from_a_refused_check_whom_the_gate_waits_for(visit: Visit) -> None:
    found = {"authorized": True, "visitor": {**FOUND["visitor"], "name": "Ana Ruiz"}}  # type: ignore[dict-item]
    assert visit.check(found, name="an") == REFUSED


def test_when_the_log_can_not_be_written_the_gate_stays_shut(visit: Visit) -> None:
    visit.check()
    opening = visit.open()
    visit.wire.accept().answer(500, b"")
    assert opening.result.verdict.rule == "not_recorded"
    assert "guardia" in output(opening)["message"]


def test_a_backend_that_can_not_change_entries_gets_a_second_one(visit: Visit) -> None:
    visit.check()
    opening = visit.open()
    visit.log_written()
    visit.wire.accept().answer(200, b'{"success": true}')
    visit.wire.accept().answer(405, b"{}")
    second = visit.wire.accept()
    metadata = json.loads(second.body)["metadata"]
    assert (metadata["outcome_of"], metadata["state"]) == ("e1", "acknowledged")
    second.answer(201, b'{"id": "e2"}')
    assert output(opening)["ordered"] is True


def test_the_same_gate_is_not_ordered_twice_in_a_short_time(visit: Visit) -> None:
    visit.check()
    first = visit.open()
    assert output(visit.open())["state"] == "already_ordered"  # even while the first is under way
    visit.log_written()
    visit.wire.accept().answer(200, b'{"success": true}')
    visit.outcome_written()
    assert output(first)["ordered"] is True
    visit.wire.reactor.advance(COOLDOWN - 0.01)
    assert output(visit.open())["state"] == "already_ordered"
    visit.wire.reactor.advance(0.01)
    again = visit.open()
    visit.log_written()
    visit.wire.accept().answer(200, b'{"success": true}')
    visit.outcome_written()
    assert output(again)["state"] == "acknowledged"


def test_a_gate_that_failed_may_be_tried_again(visit: Visit) -> None:
    visit.check()
    visit.open()
    visit.log_written()
    visit.wire.refuse()
    visit.outcome_written()
    second = visit.open()
    visit.log_written()
    visit.wire.accept().answer(200, b'{"success": true}')
    visit.outcome_written()
    assert output(second)["ordered"] is True


def test_each_order_has_an_idempotency_key_of_its_own(visit: Visit) -> None:
    visit.check()
    keys = set()
    for _ in range(2):
        visit.open()
        log = visit.log_written()
        gate = visit.wire.accept()
        for request in (log, gate):
            head = request.received.decode().lower()
            keys.add(head.partition("idempotency-key: ")[2].partition("\r\n")[0])
        gate.answer(404, b"")
        visit.outcome_written()
    assert len(keys) == 4


@pytest.mark.parametrize("gate_id", ["other_gate", "../main_gate", "main_gate ", "MAIN_GATE"])
def test_another_tenants_gate_is_answered_and_reaches_nothing(visit: Visit, gate_id: str) -> None:
    visit.check()
    opening = visit.open(gate_id=gate_id)
    assert opening.result.error
    assert "main_gate" in opening.result.output


def test_the_model_is_told_the_gates_of_this_tenant(visit: Visit) -> None:
    declared = {tool["name"]: tool for tool in visit.doorman.tools}
    gate_id = declared["open_gate"]["parameters"]["properties"]["gate_id"]
    assert gate_id["enum"] == ["main_gate", "hook"]
    assert gate_id["default"] == "main_gate"
    assert "Entrada" in gate_id["description"]


def test_the_only_gate_is_the_default_whatever_its_name() -> None:
    visit = Visit(TenantSettings(id="t", gates={"porton": GateSettings()}))
    visit.check()
    visit.open()
    assert json.loads(visit.wire.accept().body)["gate_id"] == "porton"


def test_a_tenant_without_gates_has_nothing_to_open() -> None:
    visit = Visit(TenantSettings(id="t"))
    assert "open_gate" not in [tool["name"] for tool in visit.doorman.tools]
    assert output(visit.open())["error"] == "unknown_tool"


def test_unknown_tools_and_another_tenants_tools_are_answered_alike() -> None:
    visit = Visit(TenantSettings(id="t", tools=("find_resident",)))
    assert [tool["name"] for tool in visit.doorman.tools] == ["find_resident", "end_call"]
    assert output(visit.start("check_visitor", name="Ana")) == output(visit.start("rm", name="-rf"))


def test_errors_are_in_the_tenants_language() -> None:
    spanish, english = Visit(), Visit(TenantSettings(id="t", language="en-US"))
    assert "herramienta" in output(spanish.start("nada"))["message"]
    assert "tool" in output(english.start("nothing"))["message"]


def test_attacks_are_only_values(visit: Visit) -> None:
    attack = "'; DROP TABLE residents; --&unit=5"
    running = visit.start("find_resident", name=attack)
    backend = visit.wire.accept()
    target = backend.received.split(b" ")[1]
    assert target.startswith(b"/api/v1/residents/?name=%27%3B")
    assert target.count(b"&") == 1  # limit=400
    backend.answer(200, b"[]")
    assert output(running)["resident_id"]


def test_nothing_about_a_resident_reaches_the_model(visit: Visit) -> None:
    people = {"id": "res-7", "name": "María López", "unit": "5", "phone": "5587654321"}
    found = visit.find(people, unit="casa 5")
    assert found == {"resident_id": "r1", "message": text("resident_noted", "es")}


@pytest.mark.parametrize("answer", [b'"text"', b"5", b'{"plates": 1}', b"<html>"])
def test_an_answer_of_the_wrong_shape_is_something_to_talk_about(
    visit: Visit, answer: bytes
) -> None:
    running = visit.start("get_recent_plates")
    visit.wire.accept().answer(200, answer)
    assert output(running)["error"] == "backend_down"
    assert running.result.error


def test_a_check_that_answers_with_a_list_authorises_nobody(visit: Visit) -> None:
    assert visit.check([FOUND])["error"] == "backend_down"
    assert visit.open().result.verdict.rule == "not_checked"


def test_the_backends_own_notice_carries_what_was_said(visit: Visit) -> None:
    whom = visit.find(MARIA)["resident_id"]
    said = {"resident_id": whom, "visitor_name": "Ana", "visitor_plate": ""}
    running = visit.start("notify_resident", **said)
    notice = visit.wire.accept()
    target = b"/api/v1/notifications/visitor-arrival?resident_id=res-7&visitor_name=Ana"
    assert notice.received.startswith(b"POST %s " % target)
    notice.answer(200, b'{"sent": true, "notification_id": "n1", "recipient": "5512345678"}')
    assert output(running) == {"done": True}


@pytest.mark.parametrize(
    ("tool", "asked"), [("transfer_to_guard", "guard"), ("end_call", "hang_up")]
)
def test_the_call_itself_transfers_and_hangs_up(visit: Visit, tool: str, asked: str) -> None:
    running = visit.start(tool, reason="sospechoso")
    assert visit.actions.asked == [(asked, "sospechoso")]
    assert output(running)


def test_the_installer_adds_a_tool_and_moves_another() -> None:
    weather = ToolSettings(
        description="Clima", method="GET", path="/weather", answer=("sky",),
        parameters={"type": "object", "properties": {"day": {"type": "string"}}},
    )  # fmt: skip
    moved = ToolSettings(method="GET", path="/people", description="Busca")
    tenant = TenantSettings(id="t", tools=("weather", "find_resident"))
    visit = Visit(tenant, tools={"weather": weather, "find_resident": moved})
    running = visit.start("weather", day="hoy")
    backend = visit.wire.accept()
    assert backend.received.startswith(b"GET /api/v1/weather?day=hoy ")
    backend.answer(200, b'{"sky": "azul", "secret": 1}')
    assert output(running) == {"sky": "azul"}
    running = visit.start("find_resident", unit="5")
    backend = visit.wire.accept()
    assert backend.received.startswith(b"GET /api/v1/people?unit=5 ")
    backend.answer(200, b'[{"id": "res-7", "unit": "5", "phone": "55"}]')
    assert output(running)["resident_id"] == "r1"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("open_gate", ToolSettings(path="/open")),
        ("find_resident", ToolSettings(gate="main_gate")),
        ("own", ToolSettings(description="d")),
    ],
)
def test_a_change_that_can_not_work_stops_the_start(name: str, change: ToolSettings) -> None:
    with pytest.raises(BadTool, match=f"tools.{name}"):
        Visit(tools={name: change})


def test_secrets_are_in_no_repr(visit: Visit) -> None:
    desk = visit.doorman._desk
    shown = repr([vars(visit.doorman), desk, vars(desk.gatekeeper), vars(desk.routes)])
    assert "s3cret" not in shown
    assert "t0ken" not in shown


@pytest.mark.parametrize(
    "answer",
    [
        {"authorized": "true", "visitor": FOUND["visitor"]},
        {"authorized": 1, "visitor": FOUND["visitor"]},
        {"visitor": FOUND["visitor"]},
        {"authorized": True},
        {"authorized": True, "visitor": {"id": "a1", "name": "Rosa Díaz", "resident_id": "r1"}},
    ],
)
def test_a_doubtful_answer_of_the_backend_opens_nothing(visit: Visit, answer: Any) -> None:
    assert visit.check(answer) == REFUSED
    assert visit.open().result.verdict.allowed is False


@pytest.mark.parametrize("name", ["Juan", "an", "%", "Ju_n P_rez", "Pérez", "Jυan Pérez"])
def test_a_backend_that_finds_parts_of_names_opens_nothing(visit: Visit, name: str) -> None:
    assert visit.check(name=name) == REFUSED
    assert visit.open(name).result.verdict.allowed is False
    assert visit.open("Juan Pérez García").result.verdict.allowed is False


def test_of_two_visitors_only_the_one_who_is_expected_is_let_in(visit: Visit) -> None:
    visit.check()
    visit.check(NOT_FOUND, name="Ana Ruiz")
    for name in ("Ana Ruiz", "Juan Pérez y Ana Ruiz", "Ana Pérez", "Juan Ruiz"):
        assert visit.open(name).result.verdict.allowed is False
    visit.open("Juan Pérez")
    visit.wire.accept().answer(500, b"")  # only this one gets as far as the log


def test_a_gate_does_not_open_before_the_check_is_answered(visit: Visit) -> None:
    checking = visit.start("check_visitor", name="Juan Pérez")
    assert visit.open().result.verdict.rule == "not_checked"
    visit.wire.accept().answer(200, json.dumps(FOUND).encode())
    assert output(checking)["authorized"] is True


def test_an_authorisation_that_ends_while_they_talk_opens_nothing(visit: Visit) -> None:
    until = datetime.fromtimestamp(visit.now() + 60, UTC).isoformat()
    found = {"authorized": True, "visitor": {**FOUND["visitor"], "valid_until": until}}  # type: ignore[dict-item]
    assert visit.check(found)["authorized"] is True
    visit.wire.reactor.advance(60)
    assert visit.open().result.verdict.rule == "not_authorized"


@pytest.mark.parametrize(
    "arguments",
    [
        '{"visitor_name": "Juan Pérez", "gate_id": ["main_gate"]}',
        '{"visitor_name": "Juan Pérez", "gate_id": {"main_gate": 1}}',
        '{"visitor_name": "Juan Pérez", "gate_id": "main_gate\\u0000"}',
        '{"visitor_name": "Juan Pérez", "gate_id": "ｍain_gate"}',
        '{"visitor_name": "Juan Pérez", "resident_id": 1}',
        '{"visitor_name": "Juan Pérez", "authorized": true}',
        '{"visitor_name": null}',
        '{"visitor_name": ["Juan Pérez"]}',
        '{"visitor_name": {"$ne": ""}}',
        "[]",
        "null",
        '{"visitor_name": "Juan Pérez"',
        "[" * 4000,
        '{"visitor_name": ' + "1" * 4000 + "}",
    ],
)
def test_strange_arguments_are_answered_and_reach_nothing(visit: Visit, arguments: str) -> None:
    visit.check()
    opening = Running(visit.doorman.run("open_gate", arguments))
    assert output(opening)["error"] == "bad_arguments"


def test_a_gate_that_is_null_is_the_main_one(visit: Visit) -> None:
    visit.check()
    visit.open(gate_id=None)
    log = visit.wire.accept()
    assert json.loads(log.body)["gate_id"] == "main_gate"
    log.answer(500, b"")


def test_a_failure_that_comes_late_does_not_clear_the_way_for_a_third_order() -> None:
    gate = GateSettings(driver="webhook", url="http://gate:80/", timeout=60)
    visit = Visit(TenantSettings(id="robles", gates={"main_gate": gate}))
    visit.check()
    first = visit.open()
    visit.log_written()
    visit.wire.reactor.advance(COOLDOWN)  # nobody has taken the connection yet
    visit.open()
    visit.wire.refuse()
    assert output(visit.open())["state"] == "already_ordered"
    visit.log_written()
    visit.outcome_written()
    assert output(first)["state"] == "failed"


def test_one_name_after_another_is_guessing(visit: Visit) -> None:
    for n in range(PER_CALL):
        visit.check(NOT_FOUND, name=f"Ana {n}")
    assert output(visit.start("check_visitor", name="Juan Pérez"))["error"] == "too_many_checks"
    assert visit.wire.waiting == 0
    assert visit.start("transfer_to_guard", reason="no se pudo verificar").done


def test_checks_that_are_under_way_count(visit: Visit) -> None:
    running = [visit.start("check_visitor", name=f"Ana {n}") for n in range(PER_CALL + 1)]
    assert [check.done for check in running].count(True) == 1
    for _ in range(PER_CALL):
        visit.wire.accept().answer(200, b"{}")


def test_a_model_that_never_stops_asking_is_stopped_but_may_leave(visit: Visit) -> None:
    for _ in range(TOOL_CALLS):
        assert output(visit.start("find_resident"))["error"] == "bad_arguments"
    for tool in ("find_resident", "open_gate", "check_visitor"):
        assert output(visit.start(tool, name="Ana"))["error"] == "too_many_calls"
    assert visit.start("transfer_to_guard", reason="r").done
    assert visit.start("end_call", reason="r").done
