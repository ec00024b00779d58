"""`portero status`, `calls`, `show`, `reload`, `stop`, `tail` and `records`."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from console.standin import RECORD, STANDING, STATUS, House
from operating.desktop import beside, portero
from pytest_twisted import ensureDeferred

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.logger import LogLevel, globalLogPublisher

from portero.config.operations import RecordSettings
from portero.console.controlsocket import ControlSocket
from portero.console.house import Reloaded
from portero.limits import OPERATOR_SECONDS, REGISTRY_CUT_SECONDS
from portero.operator import client
from portero.operator.client import Client
from portero.records import CallRecord, as_json
from portero.registry import Registry, records

pytestmark = pytest.mark.usefixtures("control")


def keep(folder: Path, *kept: CallRecord) -> None:
    """Put calls into the registry of the settings."""
    registry = Registry(f"sqlite:///{folder}/portero.db")
    registry.upgrade()
    for record in kept:
        registry.work(records.save, record, RecordSettings())
    registry.close()


@ensureDeferred
async def test_the_status_is_json_unless_on_a_terminal(folder: Path) -> None:
    done = await beside(folder, "status")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["state"] == "ready"
    done = await beside(folder, "status", "--text")
    assert "portero 0.4.0: ready, process 812" in done.stdout
    assert "media.ports" in done.stdout
    assert "\x1b" not in done.stdout  # colours are for terminals


@ensureDeferred
async def test_a_daemon_that_never_answers_is_not_waited_for_long(
    folder: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Deferred[Any] = Deferred()
    house.echo = lambda: asked  # type: ignore[method-assign, assignment]
    assert OPERATOR_SECONDS > REGISTRY_CUT_SECONDS  # whose answer it may have to wait for
    monkeypatch.setattr(client, "OPERATOR_SECONDS", 0.1)
    with pytest.raises(client.DaemonAway, match="timed out"):
        await deferToThread(Client([folder / "control.sock"], "en").post, "/v1/echo")
    asked.callback({})


@ensureDeferred
async def test_a_daemon_that_is_not_ready_says_why_and_fails(folder: Path, house: House) -> None:
    house.told = replace(STATUS, state="degraded", why=("No AMI session.",))
    done = await beside(folder, "status", "--text")
    assert done.exit_code == 1
    assert "! No AMI session." in done.stdout


@pytest.mark.parametrize("command", [("status",), ("calls",), ("reload",), ("stop",), ("tail",)])
@ensureDeferred
async def test_without_a_daemon_it_says_where_it_looked(
    folder: Path, control: ControlSocket, command: tuple[str, ...]
) -> None:
    await control.stop()
    done = portero(folder, *command)
    assert done.exit_code == 3
    assert str(folder / "control.sock") in done.stderr
    assert "systemctl start portero" in done.stderr
    assert "Traceback" not in done.output


def test_who_may_not_open_the_socket_is_told_the_group(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(client._UnixConnection, "connect", refuse)
    done = portero(folder, "status")
    assert done.exit_code == 4
    assert "usermod -aG portero" in done.stderr


@ensureDeferred
async def test_a_socket_named_in_settings_that_are_wrong_is_found(folder: Path) -> None:
    """Who may not read the secrets can't use the settings, but may ask the daemon."""
    file = folder / "config.yaml"
    file.write_text(file.read_text().replace("sk-canary", "!file /nowhere/key"))
    assert portero(folder, "check").exit_code == 1
    assert (await beside(folder, "status")).exit_code == 0


@ensureDeferred
async def test_standing_calls_and_those_that_are_over(folder: Path, house: House) -> None:
    (standing,) = json.loads((await beside(folder, "calls")).stdout)["calls"]
    assert standing["call_id"] == STANDING.call_id
    (over,) = json.loads((await beside(folder, "calls", "--ended", "5")).stdout)["calls"]
    assert over["call_id"] == RECORD.call_id
    await beside(folder, "calls", "--ended", "5", "--tenant", "lomas")
    assert house.asked[-1] == ("ended", "lomas", 5)
    house.standing = []
    assert "No calls stand." in (await beside(folder, "calls", "--text")).stdout


@ensureDeferred
async def test_calls_that_are_over_are_found_without_a_daemon(
    folder: Path, control: ControlSocket
) -> None:
    keep(folder, RECORD, replace(RECORD, call_id="other", tenant="pinos"))
    await control.stop()
    done = portero(folder, "calls", "--ended", "5", "--tenant", "lomas")
    assert done.exit_code == 0
    assert "comes from the registry" in done.stderr
    assert [it["call_id"] for it in json.loads(done.stdout)["calls"]] == [RECORD.call_id]
    done = portero(folder, "show", "5f2c")
    assert json.loads(done.stdout) == json.loads(json.dumps(as_json(RECORD)))
    assert "no call" in portero(folder, "show", "99").stderr
    wrong = portero(folder, "calls", "--ended", "5", "--tenant", "robles")
    assert wrong.exit_code == 1
    assert "there are: lomas, pinos" in wrong.stderr


def test_days_are_this_machines(folder: Path) -> None:
    keep(folder, RECORD)
    begun = RECORD.started_at.astimezone().date().isoformat()
    for option in ("--from", "--until"):
        found = json.loads(portero(folder, "calls", option, begun).stdout)["calls"]
        assert len(found) == 1
    assert json.loads(portero(folder, "calls", "--from", "2026-12-24").stdout)["calls"] == []
    assert json.loads(portero(folder, "calls", "--until", "2026-01-24").stdout)["calls"] == []
    done = portero(folder, "calls", "--from", "2026-13-01")
    assert done.exit_code == 1
    assert "2026-13-01" in done.stderr


@ensureDeferred
async def test_a_call_is_shown_as_a_dialogue(folder: Path) -> None:
    shown = (await beside(folder, "show", "5f2c", "--text")).stdout
    assert "agent said goodbye" in shown
    assert 'open_gate(gate="main") → refused' in shown
    assert shown.index("familia López") < shown.index("check_visitor") < shown.index("open_gate")
    done = await beside(folder, "show", "nope")
    assert done.exit_code == 1
    assert "nope" in done.stderr


@ensureDeferred
async def test_a_reload_tells_what_changed(folder: Path, house: House) -> None:
    house.reloaded = Reloaded(changed=("tenants.lomas.greeting",), waiting_for_restart=("media",))
    done = await beside(folder, "reload", "--text")
    assert done.exit_code == 0
    assert "changed: tenants.lomas.greeting" in done.stdout
    assert "systemctl restart portero): media" in done.stdout
    house.reloaded = Reloaded()
    assert "Nothing has changed." in (await beside(folder, "reload", "--text")).stdout


@pytest.mark.parametrize("form", ["--text", "--json"])
@ensureDeferred
async def test_a_reload_of_wrong_settings_fails(folder: Path, house: House, form: str) -> None:
    house.reloaded = Reloaded(errors=("config.yaml:3:1: gard: …",), warnings=("hm",))
    done = await beside(folder, "reload", form)
    assert done.exit_code == 1
    assert "config.yaml:3:1" in done.output


@ensureDeferred
async def test_a_stop_shows_who_is_still_inside_and_ends_with_the_daemon(
    folder: Path, house: House, control: ControlSocket
) -> None:
    def calls() -> list[CallRecord]:
        deferLater(reactor, 0, lambda: Deferred.fromCoroutine(control.stop()))
        return [STANDING]

    house.calls = calls  # type: ignore[method-assign]
    done = await beside(folder, "stop")
    assert done.exit_code == 0
    assert house.asked == ["drain"]
    assert f"{STANDING.call_id} (lomas)" in done.stdout
    assert done.stdout.endswith("portero has stopped.\n")


@ensureDeferred
async def test_a_stop_need_not_wait(folder: Path, house: House) -> None:
    done = await beside(folder, "stop", "--no-wait")
    assert house.asked == ["drain"]
    assert "goes on stopping" in done.stdout


@pytest.mark.parametrize("form", ["--text", "--json"])
@ensureDeferred
async def test_a_tail_shows_what_happens_until_the_daemon_ends(
    folder: Path, house: House, control: ControlSocket, form: str
) -> None:
    told = {
        "event": "said",
        "call": STANDING.call_id,
        "tenant": "lomas",
        "at": "2026-11-23T01:10:49+00:00",
        "who": "visitor",
        "text": "Soy \x1b[2J Ana",
    }
    other = {**told, "call": "other", "text": "otra"}
    tailing = beside(folder, "tail", "77aa", form)
    while not control._app._streams:
        await deferLater(reactor, 0.01)
    house.feed.publish(told)
    house.feed.publish(other)
    await deferLater(reactor, 0.1)
    await control.stop()
    done = await tailing
    assert "otra" not in done.stdout
    if form == "--json":
        assert json.loads(done.stdout) == told
    else:
        assert "visitor Soy  [2J Ana" in done.stdout  # nobody moves the operator's cursor


@pytest.mark.parametrize("name", ["", "=HYPERLINK(1)"])
def test_records_are_exported_as_csv(folder: Path, name: str) -> None:
    keep(folder, replace(RECORD, caller_name=name))
    done = portero(folder, "records", "export")
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert row["call_id"] == RECORD.call_id
    assert row["opened"] == "main"
    assert row["lost"] == "3"
    assert row["caller_name"] == ("'" + name if name else "")  # no formula to a spreadsheet


STRANGERS = (
    "caller_number",
    "caller_name",
    "did",
    "extension",
    "channel",
    "unique_id",
    "reason",
    "recording",
)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+521555", "'+521555"),
        ("-1+1", "'-1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("\n=1", "' =1"),
        (" =1", "' =1"),
        ("\u00a0=1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ("Ana;=1", "Ana;'=1"),
        ("Ana\n=1,2", "Ana =1,2"),
        ("Ana\x1b[2J\x9b2J\u202e", "Ana [2J 2J "),
        ("Ana-María + 1", "Ana-María + 1"),
    ],
)
def test_what_strangers_send_is_no_formula_no_row_and_no_order(
    folder: Path, sent: str, kept: str
) -> None:
    keep(folder, replace(RECORD, opened=(sent,), **dict.fromkeys(STRANGERS, sent)))
    done = portero(folder, "records", "export")
    assert len(done.stdout.splitlines()) == 2
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert {name: row[name] for name in (*STRANGERS, "opened")} == dict.fromkeys(
        (*STRANGERS, "opened"), kept
    )


def test_records_are_exported_as_json(folder: Path) -> None:
    keep(folder, RECORD, replace(RECORD, call_id="other", tenant="pinos"))
    file = folder / "calls.json"
    done = portero(folder, "records", "export", "--format", "json", str(file))
    assert "calls exported: 2" in done.stderr
    assert json.loads(file.read_text())[0]["transcript"][0]["text"].startswith("Vengo")
    done = portero(folder, "records", "export", "--format", "json", "-t", "pinos")
    assert [it["call_id"] for it in json.loads(done.stdout)] == ["other"]
    empty = portero(folder, "records", "export", "--format", "json", "--until", "2020-01-01")
    assert json.loads(empty.stdout) == []


@ensureDeferred
async def test_who_stops_watching_leaves_no_error_in_the_log(
    folder: Path, control: ControlSocket
) -> None:
    logged: list[object] = []
    observer = logged.append
    globalLogPublisher.addObserver(observer)

    def look() -> None:
        events = Client((folder / "control.sock",), "en").events()
        next(events)
        events.close()

    try:
        await deferToThread(look)
        while control._app._streams:
            await deferLater(reactor, 0.01)
        await deferLater(reactor, 0.05)
    finally:
        globalLogPublisher.removeObserver(observer)
    assert not [event for event in logged if event["log_level"] is LogLevel.critical]  # type: ignore[index]
