"""Tools of the installer's own: requests, transfers, digits, calls and the end of the call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from doorway import FOUND, MARIA, ROBLES, Visit, logged, output
from hypothesis import given
from hypothesis import strategies as st
from wire import Connection, Running, Wire

from portero.config.settings import TenantSettings, ToolSettings
from portero.config.tools import (
    DtmfSettings,
    HangupSettings,
    HttpSettings,
    OriginateSettings,
    TransferSettings,
)
from portero.doorman.declarations import BadTool
from portero.doorman.dtmf import DigitsCut
from portero.limits import BACKEND_ANSWER_BYTES, BACKEND_SECONDS, TOOL_CALLS

TEXT = {"type": "string", "maxLength": 40}
LAMP = HttpSettings(
    url="http://lamp:82/rooms/{room}/on?by={call.id}&how={how}",
    headers={"Authorization": "Bearer s3cret"},  # type: ignore[dict-item]
    body={"room": "{room}", "caller": "{call.caller}", "tenant": "{call.tenant}"},
    answer=("state", "lamp.watts"),
)


def visit_with(*, shelf: Any = None, wire: Any = None, **settings: Any) -> Visit:
    """A call whose model has one more tool, `own`."""
    parameters = {
        "type": "object",
        "properties": {"room": TEXT, "how": TEXT},
        "required": settings.pop("required", []),
        "additionalProperties": False,
    }
    own = ToolSettings(description="propia", parameters=parameters, **settings)
    tenant = ROBLES.model_copy(update={"tools": (*TenantSettings(id="t").tools, "own")})
    return Visit(tenant, tools={"own": own}, shelf=shelf, wire=wire)


def lamp(**more: Any) -> Visit:
    wanted = {"http": LAMP, "required": ["room", "how"], **more}
    return visit_with(**wanted)


def switch(visit: Visit, room: str = "patio", how: str = "slowly") -> tuple[Any, Connection]:
    running = visit.start("own", room=room, how=how)
    return running, visit.wire.accept()


# -- http


def test_a_request_is_made_of_the_arguments_and_the_call() -> None:
    visit = lamp()
    running, request = switch(visit)
    assert request.received.startswith(b"POST /rooms/patio/on?by=c1&how=slowly HTTP/1.1\r\n")
    assert json.loads(request.body) == {"room": "patio", "caller": "100", "tenant": "robles"}
    head = request.received.lower()
    assert b"authorization: bearer s3cret\r\n" in head
    assert b"t0ken" not in head
    request.answer(200, b'{"state": "on", "lamp": {"watts": 9, "serial": 1}, "owner": "Ana"}')
    assert output(running) == {"state": "on", "lamp": {"watts": 9}}
    assert running.result.error is False


def test_an_answer_can_be_made_into_new_texts() -> None:
    http = HttpSettings(url="http://lamp:82/", answer={"told": "La luz está {state.word}."})
    visit = visit_with(http=http)
    running = visit.start("own")
    visit.answer({"state": {"word": "encendida"}, "secret": 1})
    assert output(running) == {"told": "La luz está encendida."}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_without_a_body_a_get_carries_its_arguments_in_the_query(method: Any) -> None:
    visit = visit_with(http=HttpSettings(url="http://lamp:82/x", method=method))
    visit.start("own", room="a&b=c")
    request = visit.wire.accept()
    assert request.received.startswith(f"{method} /x?room=a%26b%3Dc ".encode())
    request.answer(204, b"")


def test_each_order_has_a_key_and_is_given_once() -> None:
    keys = set()
    visit = lamp()
    for _ in range(2):
        running, request = switch(visit)
        keys.add(request.received.lower().partition(b"idempotency-key: ")[2].split(b"\r\n")[0])
        request.answer(500, b"<html>")
        assert output(running)["error"] == "backend_down"
        visit.wire.assert_nothing_left()
    assert len(keys) == 2
    assert b"" not in keys


def test_the_same_call_of_the_model_is_one_request() -> None:
    visit = lamp()
    first = visit.start("own", id_="call_1", room="patio", how="x")
    second = visit.start("own", id_="call_1", room="patio", how="x")
    visit.answer({"state": "on"})
    assert first.result == second.result
    visit.wire.assert_nothing_left()


@pytest.mark.parametrize("room", ["..", ".", "a/b", "\\", "", "a/../../gates/open"])
def test_no_argument_adds_to_the_path(room: str) -> None:
    visit = lamp()
    running = visit.start("own", room=room, how="x")
    assert output(running)["error"] == "bad_arguments"
    visit.wire.assert_nothing_left()


@given(st.text(min_size=1, max_size=40), st.text(max_size=40))
def test_whatever_the_model_says_the_host_stays_and_the_request_is_one_line(
    room: str, how: str
) -> None:
    visit = lamp(shelf=SHELF.shelf, wire=Wire())
    running = visit.start("own", room=room, how=how)
    if running.done:
        assert output(running)["error"] == "bad_arguments"
        return
    request = visit.wire.accept()
    assert visit.wire.reactor.tcpClients[0][:2] == ("127.0.0.1", 82)
    head = request.received.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert head[0].startswith(b"POST /rooms/")
    assert head[0].endswith(b" HTTP/1.1")
    assert head[0].count(b" ") == 2
    assert head[0].split(b"?")[0].endswith(b"/on")
    assert head[0].count(b"&") == 1
    assert sum(line.lower().startswith(b"host: ") for line in head) == 1
    assert b"Host: lamp:82" in head


SHELF = lamp()


@pytest.mark.parametrize("url", ["http://{room}/x", "http://{room}:80/", "http://a.{room}.mx/"])
def test_no_argument_chooses_the_host(url: str) -> None:
    with pytest.raises(BadTool, match="its host"):
        visit_with(http=HttpSettings(url=url), required=["room", "how"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    visit = lamp()
    running, request = switch(visit)
    request.send(b"HTTP/1.1 %d X\r\nLocation: http://evil/\r\nContent-Length: 0\r\n\r\n" % status)
    assert output(running)["error"] == "backend_down"
    visit.wire.assert_nothing_left()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<html>", "backend_down"),
        (b"", "backend_down"),
        (b"5", "backend_down"),
        (b'"text"', "backend_down"),
        (b"[" * 5000, "backend_down"),
        (b'{"state": "' + b"x" * BACKEND_ANSWER_BYTES + b'"}', "backend_down"),
    ],
)
def test_an_answer_that_is_none_is_something_to_talk_about(body: bytes, error: str) -> None:
    visit = lamp()
    running, request = switch(visit)
    with logged() as lines:
        request.answer(200, body)
    assert output(running)["error"] == error
    assert len(lines) == 1
    assert "own" in lines[0]
    visit.wire.assert_nothing_left()


def test_an_answer_up_to_the_bound_is_read() -> None:
    visit = lamp()
    running, request = switch(visit)
    filler = b"x" * (BACKEND_ANSWER_BYTES - len(b'{"state":1,"x":""}'))
    request.answer(200, b'{"state":1,"x":"%s"}' % filler)
    assert output(running) == {"state": 1}


@pytest.mark.parametrize(("timeout", "seconds"), [(None, BACKEND_SECONDS), (2, 2)])
def test_a_request_has_so_long(timeout: float | None, seconds: float) -> None:
    visit = lamp(timeout=timeout)
    running, _ = switch(visit)
    visit.wire.reactor.advance(seconds - 0.01)
    assert running.done is False
    visit.wire.reactor.advance(0.01)
    assert output(running)["error"] == "backend_down"
    visit.wire.assert_nothing_left()


@pytest.mark.parametrize("how", ["refuse", "close", "401", "404", "422", "500"])
def test_a_request_that_fails_is_one_line_without_secrets_and_no_answer(how: str) -> None:
    visit = lamp()
    running = visit.start("own", room="patio", how="x")
    with logged() as lines:
        if how == "refuse":
            visit.wire.refuse()
        elif how == "close":
            visit.wire.accept().close()
        else:
            visit.wire.accept().answer(int(how), b'{"echo": "Bearer s3cret"}')
    (line,) = lines
    assert "own" in line
    assert "tools" in line
    assert "s3cret" not in line + running.result.output
    assert running.result.error is True


def test_its_secrets_are_in_no_repr() -> None:
    visit = lamp()
    assert "s3cret" not in repr([vars(visit.doorman), visit.doorman._desk.tools["own"]])


# -- what else a tool can do


def test_a_transfer_goes_where_the_settings_say_and_nowhere_else() -> None:
    visit = visit_with(transfer=TransferSettings(extension="300", context="shop"))
    running = visit.start("own", room="911")
    assert visit.actions.asked == [("transfer", "300", "shop", 30)]
    assert output(running) == {"transferred": False}  # who is handed over does not come back


@pytest.mark.parametrize(
    ("sent", "told"), [(True, True), (False, False), (DigitsCut("the AMI is gone"), False)]
)
def test_digits_are_sent_and_never_confirmed_nor_shown(sent: Any, told: bool) -> None:
    visit = visit_with(dtmf=DtmfSettings(digits="77*"))  # type: ignore[arg-type]
    visit.actions.digits = sent
    with logged() as lines:
        running = visit.start("own")
    assert visit.actions.asked == [("digits", "77*", 160, 120)]
    assert (output(running)["sent"], output(running)["confirmed"]) == (told, False)
    shown = [lines, running.result, visit.doorman._desk.tools, vars(visit.doorman)]
    assert "77*" not in repr(shown)


@pytest.mark.parametrize("answers", [True, False])
def test_a_call_is_made_and_its_end_told(answers: bool) -> None:
    visit = visit_with(originate=OriginateSettings(extension="400", context="lights"))
    visit.phones.takes = answers
    running = visit.start("own")
    assert visit.phones.called == [("originate", "400", "lights")]
    assert output(running) == {"called": True, "answered": answers}
    assert running.result.error is not answers


def test_the_call_is_ended() -> None:
    visit = visit_with(hangup=HangupSettings())
    assert output(visit.start("own")) == {"ended": True}
    assert visit.actions.asked == [("hang_up", "")]


# -- preconditions


def transferring(*requires: Any, **more: Any) -> Visit:
    return visit_with(transfer=TransferSettings(extension="300"), requires=requires, **more)


@pytest.mark.parametrize("requires", ["checked", "authorized", "approved", "pin", "resident_found"])
def test_what_must_have_happened_before_has_not_happened_yet(requires: str) -> None:
    visit = transferring(requires)
    running = visit.start("own")
    assert running.result.error is True
    assert output(running)["message"]
    assert visit.actions.asked == []


def test_a_check_in_vain_is_a_check_and_no_authorisation() -> None:
    for requires, ran in (("checked", True), ("authorized", False)):
        visit = transferring(requires)
        visit.check({"authorized": False, "visitor": None})
        visit.start("own")
        assert bool(visit.actions.asked) is ran


def test_an_authorised_visitor_and_a_resident_who_was_found() -> None:
    visit = transferring("authorized", "resident_found")
    visit.check(FOUND)
    visit.start("own")
    assert visit.actions.asked == []
    visit.find(MARIA)
    visit.start("own")
    assert visit.actions.asked


def test_a_plate_alone_authorises_nobody() -> None:
    visit = transferring("authorized")
    record = {**FOUND["visitor"], "plate": "ABC123"}  # type: ignore[dict-item]
    visit.check({"authorized": True, "visitor": record}, plate="ABC123")
    visit.start("own")
    assert visit.actions.asked == []


def test_a_packaged_tool_may_require_too() -> None:
    visit = Visit(tools={"transfer_to_guard": ToolSettings(requires=("checked",))})
    visit.start("transfer_to_guard", reason="x")
    assert visit.actions.asked == []


# -- how the agent behaves meanwhile, and how often it may


@pytest.mark.parametrize(("meanwhile", "talks"), [("talk", True), ("wait", False)])
def test_the_agent_talks_while_it_works_unless_told_otherwise(meanwhile: Any, talks: bool) -> None:
    visit = lamp(meanwhile=meanwhile)
    assert visit.doorman.talks_meanwhile("own") is talks


def test_own_tools_count_among_the_calls_of_a_call() -> None:
    visit = transferring()
    for _ in range(TOOL_CALLS):
        visit.start("own")
    assert output(visit.start("own"))["error"] == "too_many_calls"
    assert len(visit.actions.asked) == TOOL_CALLS


@pytest.mark.parametrize("arguments", ['{"room": 5}', '{"x": 1}', '{"room": "%s"}' % ("x" * 41)])
def test_arguments_that_the_schema_refuses_reach_nothing(arguments: str) -> None:
    visit = transferring()
    told = output(Running(visit.doorman.run("own", arguments)))
    assert told["error"] == "bad_arguments"
    assert visit.actions.asked == []


def test_a_resident_is_named_to_the_installers_server_by_id_and_to_the_model_by_handle() -> None:
    parcels = HttpSettings(url="http://lamp:82/parcels/{resident_id}", method="GET")
    own = ToolSettings(
        description="propia",
        parameters={
            "type": "object",
            "properties": {"resident_id": TEXT},
            "required": ["resident_id"],
        },
        http=parcels,
    )
    tenant = ROBLES.model_copy(update={"tools": (*TenantSettings(id="t").tools, "own")})
    visit = Visit(tenant, tools={"own": own})
    handle = visit.find(MARIA)["resident_id"]
    running = visit.start("own", resident_id=handle)
    connection = visit.wire.accept()
    assert connection.received.startswith(b"GET /parcels/res-7")
    connection.answer(200, b"{}")
    assert output(running) == {"done": True}
    nobody = visit.find()["resident_id"]
    assert output(visit.start("own", resident_id=nobody)) == {"done": True}
    assert output(visit.start("own", resident_id="res-7"))["error"] == "unknown_resident"
    assert visit.wire.waiting == 0
