"""The running daemon, asked over its Unix socket."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from console.socketclient import Client
from console.standin import RECORD, STANDING, STATUS, House
from pytest_twisted import ensureDeferred

from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater
from twisted.internet.testing import MemoryReactorClock
from twisted.internet.threads import deferToThread
from twisted.logger import LogLevel, globalLogPublisher
from twisted.web.test.requesthelper import DummyRequest

from portero.console import shapes
from portero.console.controlsocket import ControlSocket
from portero.console.events import EventStream
from portero.errors import PorteroError
from portero.feed import Feed
from portero.limits import (
    CONSOLE_HEARTBEAT_SECONDS,
    CONSOLE_LINES_WAITING,
    CONSOLE_LISTED,
    CONSOLE_READERS,
    CONTROL_CONNECTIONS,
    CONTROL_LOOK_SECONDS,
    SOCKET_PATH_BYTES,
)

SAID = {
    "event": "said",
    "call": STANDING.call_id,
    "tenant": "lomas",
    "who": "visitor",
    "text": "¿sí?",
}
OTHER = {"event": "begin", "call": "other", "tenant": "pinos"}


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


@pytest.fixture
def control(house: House, path: Path) -> Iterator[ControlSocket]:
    control = ControlSocket(house, path, "en", real_reactor)
    control.start()
    yield control
    Deferred.fromCoroutine(control.stop())


@pytest.fixture
def client(control: ControlSocket, path: Path) -> Client:
    return Client(real_reactor, path)


@ensureDeferred
async def test_the_status_is_told(client: Client, house: House) -> None:
    status, told = await client.ask("GET", "/v1/status")
    assert status == 200
    assert shapes.status_from_json(told) == STATUS


@ensureDeferred
async def test_calls_that_stand_are_listed(client: Client, house: House) -> None:
    house.standing.append(replace(STANDING, call_id="x", tenant="pinos"))
    _, told = await client.ask("GET", "/v1/calls")
    assert [it.call_id for it in shapes.calls_from_json(told)] == [STANDING.call_id, "x"]
    _, told = await client.ask("GET", "/v1/calls?tenant=pinos")
    assert [it.call_id for it in shapes.calls_from_json(told)] == ["x"]
    assert house.asked == []


@ensureDeferred
async def test_calls_that_are_over_are_listed(client: Client, house: House) -> None:
    _, told = await client.ask("GET", "/v1/calls?ended=20&tenant=lomas")
    assert [it.call_id for it in shapes.calls_from_json(told)] == [RECORD.call_id]
    assert house.asked == [("ended", "lomas", 20)]


@pytest.mark.parametrize(
    "ended", ["", "0", "-1", "x", "%D9%A3", str(CONSOLE_LISTED + 1), "9" * 5000]
)
@ensureDeferred
async def test_a_number_of_calls_is_bounded(client: Client, house: House, ended: str) -> None:
    assert (await client.ask("GET", f"/v1/calls?ended={CONSOLE_LISTED}"))[0] == 200
    status, told = await client.ask("GET", f"/v1/calls?ended={ended}&x=1")
    assert status == 400
    assert str(CONSOLE_LISTED) in told["error"]
    assert len(house.asked) == 1


@ensureDeferred
async def test_a_call_is_shown_whole(client: Client) -> None:
    _, told = await client.ask("GET", f"/v1/calls/{RECORD.call_id[:4]}")
    assert told["transcript"][0]["text"] == RECORD.transcript[0].text
    status, told = await client.ask("GET", "/v1/calls/none")
    assert status == 404
    assert '"none"' in told["error"]


@ensureDeferred
async def test_the_daemon_does_what_it_is_asked_to(client: Client, house: House) -> None:
    _, told = await client.ask("POST", "/v1/reload")
    assert shapes.reloaded_from_json(told) == house.reloaded
    assert await client.ask("POST", "/v1/drain") == (200, {"state": "draining"})
    assert (await client.ask("POST", "/v1/echo"))[1]["delay_ms"] == 31
    assert house.asked == ["reload", "drain", "echo"]


@pytest.mark.parametrize(
    ("method", "where"),
    [
        ("GET", "/v1/reload"),
        ("GET", "/v1/drain"),
        ("POST", "/v1/status"),
        ("GET", "/metrics"),
        ("GET", "/v1//status"),
    ],
)
@ensureDeferred
async def test_what_is_not_there_is_refused_with_a_sentence(
    client: Client, house: House, method: str, where: str
) -> None:
    status, told = await client.ask(method, where)
    assert status in (404, 405)
    assert "version" in told["error"]
    assert house.asked == []


@ensureDeferred
async def test_what_fails_is_a_sentence_and_never_a_traceback(client: Client, house: House) -> None:
    house.breaks = PorteroError("the registry is away")
    assert await client.ask("GET", "/v1/status") == (503, {"error": "the registry is away"})
    house.breaks = ZeroDivisionError("sk-secret")
    logged: list[Any] = []
    globalLogPublisher.addObserver(logged.append)
    status, told = await client.ask("GET", "/v1/status")
    globalLogPublisher.removeObserver(logged.append)
    assert status == 500
    assert "journalctl" in told["error"]
    assert "sk-secret" not in json.dumps(told)
    assert any(event["log_level"] is LogLevel.critical for event in logged)


@ensureDeferred
async def test_events_are_told_as_they_happen(client: Client, house: House) -> None:
    everything = await client.listen("/v1/events")
    one = await client.listen(f"/v1/events?call={STANDING.call_id[:5]}")
    assert await everything.have(1) == [b""]
    await one.have(1)
    house.feed.publish(OTHER)
    house.feed.publish(SAID)
    assert [json.loads(line) for line in (await everything.have(3))[1:]] == [OTHER, SAID]
    assert [json.loads(line) for line in (await one.have(2))[1:]] == [SAID]


@ensureDeferred
async def test_the_end_of_the_daemon_ends_the_streams(
    control: ControlSocket, client: Client, path: Path
) -> None:
    reader = await client.listen("/v1/events")
    await control.stop()
    await reader.over
    assert not path.exists()


@ensureDeferred
async def test_only_so_many_read_events(client: Client, house: House) -> None:
    readers = [await client.listen("/v1/events") for _ in range(CONSOLE_READERS)]
    status, told = await client.ask("GET", "/v1/events")
    assert status == 503
    assert str(CONSOLE_READERS) in told["error"]
    readers[0].transport.loseConnection()
    await readers[0].over
    while len(house.feed._listeners) == CONSOLE_READERS:
        await client.ask("GET", "/v1/status")  # until the daemon, too, has seen it go
    await (await client.listen("/v1/events")).have(1)


class Reader(DummyRequest):
    """A request whose reader can be cut off."""

    def __init__(self) -> None:
        super().__init__([b""])
        self.cut_off = False
        self.producers: list[object] = []
        self.channel = self

    def forceAbortClient(self) -> None:
        self.cut_off = True

    def registerProducer(self, producer: object, streaming: bool) -> None:
        assert streaming
        self.producers.append(producer)

    def unregisterProducer(self) -> None:
        self.producers.clear()


@pytest.fixture
def stream() -> tuple[EventStream, Reader, Feed, Clock]:
    reader, feed, clock = Reader(), Feed(), Clock()
    stream = EventStream(reader, feed, "", clock)  # type: ignore[arg-type]
    Deferred.fromCoroutine(stream.run())
    return stream, reader, feed, clock


def test_a_silent_house_is_heard_to_live(stream: Any) -> None:
    _, reader, _, clock = stream
    clock.advance(CONSOLE_HEARTBEAT_SECONDS)
    assert reader.written == [b"\n", b"\n"]


def test_a_stream_that_is_closed_leaves_nothing(stream: Any) -> None:
    stream, reader, feed, clock = stream
    assert reader.producers == [stream]
    stream.close()
    stream.close()
    assert reader.producers == []
    assert feed._listeners == []
    assert clock.getDelayedCalls() == []


def test_what_a_reader_was_too_slow_for_comes_in_order(stream: Any) -> None:
    stream, reader, feed, _ = stream
    stream.pauseProducing()
    for number in range(CONSOLE_LINES_WAITING):
        feed.publish({"call": str(number)})
    assert len(reader.written) == 1
    stream.resumeProducing()
    told = [json.loads(line)["call"] for line in reader.written[1:]]
    assert told == [str(number) for number in range(CONSOLE_LINES_WAITING)]


def test_a_reader_that_does_not_read_is_cut_off(stream: Any) -> None:
    stream, reader, feed, clock = stream
    stream.pauseProducing()
    for _ in range(CONSOLE_LINES_WAITING):
        feed.publish(OTHER)
    assert not reader.cut_off
    feed.publish(OTHER)
    assert reader.cut_off
    assert feed._listeners == []
    assert clock.getDelayedCalls() == []


@ensureDeferred
async def test_a_connection_that_nobody_reads_from_is_cut_off(
    client: Client, house: House, path: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.connect(str(path))
        deaf.sendall(b"GET /v1/events HTTP/1.1\r\nHost: portero\r\n\r\n")
        while not house.feed._listeners:
            await client.ask("GET", "/v1/status")
        for _ in range(100):
            for _ in range(CONSOLE_LINES_WAITING // 10):
                house.feed.publish({"call": "c", "text": "x" * 1000})
            await client.ask("GET", "/v1/status")
        assert house.feed._listeners == []


def test_the_socket_is_for_the_user_and_the_group(control: ControlSocket, path: Path) -> None:
    mode = path.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o660


def test_the_socket_was_never_open_to_others(
    house: House, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    monkeypatch.setattr(os, "chmod", lambda *_: modes.append(stat.S_IMODE(path.stat().st_mode)))
    umask = os.umask(0)
    try:
        control = ControlSocket(house, path, "en", real_reactor)
        control.start()
        assert os.umask(0) == 0
    finally:
        os.umask(umask)
    assert modes == [0o660]
    Deferred.fromCoroutine(control.stop())


@ensureDeferred
async def test_the_socket_of_a_dead_portero_is_replaced(house: House, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    control = ControlSocket(house, path, "en", real_reactor)
    control.start()
    assert (await Client(real_reactor, path).ask("GET", "/v1/status"))[0] == 200
    await control.stop()
    assert not path.exists()


@ensureDeferred
async def test_a_portero_that_answers_is_left_alone(control: ControlSocket, path: Path) -> None:
    second = ControlSocket(House(), path, "en", real_reactor)
    with pytest.raises(PorteroError, match="another portero answers"):
        second.start()
    await second.stop()
    assert (await Client(real_reactor, path).ask("GET", "/v1/status"))[0] == 200


def test_a_portero_that_is_too_busy_to_answer_is_left_alone(house: House, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(str(path))
        busy.listen(0)
        waiting.connect(str(path))
        with pytest.raises(PorteroError, match="another portero answers"):
            ControlSocket(house, path, "en", real_reactor).start()


def test_a_file_that_is_no_socket_is_left_alone(house: House, path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(PorteroError, match="is no socket"):
        ControlSocket(house, path, "en", real_reactor).start()
    assert path.read_text() == "precious"


def test_a_folder_that_is_not_there_is_named(house: House, tmp_path: Path) -> None:
    wanted = tmp_path / "gone" / "control.sock"
    timers = set(real_reactor.getDelayedCalls())
    with pytest.raises(PorteroError, match=rf"{wanted} \(No such file or directory\)"):
        ControlSocket(house, wanted, "en", real_reactor).start()
    assert set(real_reactor.getDelayedCalls()) == timers, "a clock that nobody will stop"


def test_a_path_that_the_system_can_not_hold_is_named(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    room = SOCKET_PATH_BYTES - len(os.fsencode(tmp_path)) - 1
    fits = ControlSocket(house, tmp_path / ("x" * room), "en", real_reactor)
    fits.start()
    Deferred.fromCoroutine(fits.stop())
    with pytest.raises(PorteroError, match=str(SOCKET_PATH_BYTES)):
        ControlSocket(house, tmp_path / ("x" * (room + 1)), "en", real_reactor).start()


@ensureDeferred
async def test_a_socket_that_somebody_removed_ends_well(control: ControlSocket, path: Path) -> None:
    port = control._port
    path.unlink()
    await control.stop()
    assert not hasattr(port, "socket"), "it still listens"
    assert not path.exists()


@ensureDeferred
async def test_a_socket_that_somebody_removed_comes_back(
    control: ControlSocket, client: Client, house: House, path: Path
) -> None:
    reader = await client.listen("/v1/events")
    await control._look()
    before = path.stat().st_ino
    path.unlink()
    await control._look()
    assert (await client.ask("GET", "/v1/status"))[0] == 200
    assert path.stat().st_ino != before
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    house.feed.publish(SAID)
    await reader.have(2)  # who was inside has noticed nothing


@ensureDeferred
async def test_a_socket_whose_folder_was_removed_is_told_once_and_comes_back(
    house: House, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    control = ControlSocket(house, folder / "control.sock", "en", real_reactor)
    control.start()
    logged: list[Any] = []
    globalLogPublisher.addObserver(logged.append)
    shutil.rmtree(folder)
    await control._look()
    await control._look()
    assert [event["log_level"] for event in logged if "told" in event] == [LogLevel.warn]
    folder.mkdir()
    await control._look()
    globalLogPublisher.removeObserver(logged.append)
    assert (await Client(real_reactor, folder / "control.sock").ask("GET", "/v1/status"))[0] == 200
    await control.stop()


@ensureDeferred
async def test_the_socket_is_looked_at_again_and_again(house: House, path: Path) -> None:
    reactor = MemoryReactorClock()
    control = ControlSocket(house, path, "en", reactor)
    control.start()
    assert len(reactor.unixServers) == 1  # which makes no file
    reactor.advance(CONTROL_LOOK_SECONDS - 0.1)
    assert len(reactor.unixServers) == 1
    reactor.advance(0.1)
    assert len(reactor.unixServers) == 2
    await control.stop()
    assert reactor.getDelayedCalls() == []


@ensureDeferred
async def test_a_thousand_connections_leave_files_for_calls(
    control: ControlSocket, client: Client, path: Path
) -> None:
    crowd = []
    for _ in range(1_000):
        one = socket.socket(socket.AF_UNIX)
        one.setblocking(False)
        try:
            one.connect(str(path))
        except BlockingIOError:  # more than the kernel keeps waiting
            await deferLater(real_reactor, 0)
            one.connect(str(path))
        crowd.append(one)
    await deferLater(real_reactor, 0.05)
    assert len(control._factory.protocols) == CONTROL_CONNECTIONS
    for one in crowd:
        one.close()
    while control._factory.protocols:
        await deferLater(real_reactor, 0)
    assert (await client.ask("GET", "/v1/status"))[0] == 200


class SlowHouse(House):
    """Asterisk does not answer."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Deferred[dict[str, Any]]] = []
        self.given_up = 0

    def _give_up(self, _: object) -> None:
        self.given_up += 1

    async def echo(self) -> dict[str, Any]:
        self.waiting.append(Deferred(self._give_up))
        return await self.waiting[-1]


@ensureDeferred
async def test_a_test_that_hangs_keeps_nothing_else_waiting_and_ends_with_who_asked(
    path: Path,
) -> None:
    house = SlowHouse()
    control = ControlSocket(house, path, "en", real_reactor)
    control.start()
    client = Client(real_reactor, path)
    echo = b"POST /v1/echo HTTP/1.1\r\nHost: portero\r\nContent-Length: 0\r\n\r\n"
    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as other:
        for asking in (one, other):
            asking.connect(str(path))
            asking.sendall(echo)
        while len(house.waiting) < 2:
            await client.ask("GET", "/v1/status")
        assert await client.ask("POST", "/v1/drain") == (200, {"state": "draining"})
        assert house.asked == ["drain"]
        house.waiting[0].callback({"outcome": "done"})
        one.settimeout(10)
        answered = b""
        while not answered.endswith(b'{"outcome": "done"}\r\n0\r\n\r\n'):
            heard = await deferToThread(one.recv, 4096)
            assert heard, answered
            answered += heard
        assert house.given_up == 0
    while not house.given_up:
        await client.ask("GET", "/v1/status")
    await control.stop()


def test_every_reader_of_events_leaves_room_for_commands() -> None:
    assert CONTROL_CONNECTIONS >= 2 * CONSOLE_READERS
