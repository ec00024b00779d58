"""The look at gates and cameras, against stand-in devices: nothing is ever ordered to open."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import pytest_twisted
from told import GREEN, RED, YELLOW, told

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol

from portero.config.settings import Settings
from portero.doctor.findings import Finding, Level
from portero.doctor.gates import look_at_gates
from portero.limits import DOCTOR_CLOCK_YELLOW_SECONDS
from portero.simulator.hikvision import DeviceMood, HikvisionServer
from portero.simulator.rt_certificate import self_made_certificate

PASSWORD = "Puerta-2026"
SECRETS = {"password": PASSWORD, "digits": "4711*", "hook": "h00k"}
OPENED = ("gate.opened", GREEN)
where: Any = reactor


async def look(gates: Any = None, cameras: Any = None, **options: Any) -> list[Finding]:
    tenant = {"id": "robles", "extensions": ["1"], "gates": gates or {}, "cameras": cameras or {}}
    changes = options.pop("doorman", {})
    settings = Settings.model_validate({"tenants": [tenant], "doorman": changes})
    found = await look_at_gates(settings, reactor, now=time.time, **options)
    for secret in SECRETS.values():
        told(found, secret=secret)
    return found


def words(found: list[Finding]) -> list[str]:
    return [it.word for it in found]


@asynccontextmanager
async def device(**kinds: Any) -> AsyncIterator[HikvisionServer]:
    """A device that is there; whatever was asked of it, it was told to do nothing."""
    server = HikvisionServer(reactor, now=time.time, **kinds)
    server.startService()
    try:
        yield server
    finally:
        await server.stopService()
    assert server.orders == []
    assert [it for it in server.requests if it.startswith("PUT")] == []


def door(server: HikvisionServer, **changes: Any) -> dict[str, Any]:
    kept = {"driver": "hikvision", "url": server.url, "username": "portero", "timeout": 2}
    return {**kept, "password": PASSWORD, **changes}


def camera(server: HikvisionServer, **changes: Any) -> dict[str, Any]:
    kept = {"url": server.url, "username": "portero", "password": PASSWORD, "timeout": 2}
    return {**kept, **changes}


# -- Hikvision


@pytest_twisted.ensureDeferred
async def test_a_door_and_a_camera_that_are_well() -> None:
    async with device() as server:
        found = await look({"main_gate": door(server)}, {"entry": camera(server)})
    assert told(found) == [
        ("gate.login", GREEN),
        ("gate.clock", GREEN),
        ("gate.door", GREEN),
        ("camera.login", GREEN),
        ("camera.clock", GREEN),
        ("camera.plates", GREEN),
        OPENED,
    ]
    assert found[0].values["model"] == "DS-KV6113-WPE1"
    assert found[2].word == "doctor_door_shut"


@pytest_twisted.ensureDeferred
async def test_a_wrong_password_is_tried_once_whatever_asks_with_it() -> None:
    async with device() as server:
        wrong = "Puerta-2025"
        gates = {"main_gate": door(server, password=wrong), "back": door(server, password=wrong)}
        found = await look(gates, {"entry": camera(server, password=wrong)})
        tries = [it for it in server.requests if it.startswith("GET /ISAPI")]
    assert told(found) == [
        ("gate.login", RED),
        ("gate.login", RED),
        ("camera.login", RED),
        OPENED,
    ]
    assert set(words(found)[:3]) == {"doctor_device_password"}
    assert len(tries) == 2  # without, and with the password


@pytest_twisted.ensureDeferred
async def test_a_device_that_has_locked_this_machine_out() -> None:
    async with device() as server:
        for _ in range(8):
            await look({"main_gate": door(server, password="wrong")})
        found = await look({"main_gate": door(server)})
    assert told(found) == [("gate.login", RED), OPENED]
    assert found[0].word == "doctor_device_locked"
    assert 1 <= found[0].values["minutes"] <= 120


@pytest_twisted.ensureDeferred
async def test_a_device_that_offers_no_digest() -> None:
    async with device() as server:
        server.guard.challenges = lambda stale: ['Basic realm="x"']  # type: ignore[method-assign]
        found = await look({"main_gate": door(server)})
    assert words(found)[0] == "doctor_device_digest"


@pytest.mark.parametrize(
    ("mood", "seconds", "word"),
    [
        (DeviceMood.HTML, 5, "doctor_device_no_isapi"),
        (DeviceMood.BROKEN, 5, "doctor_device_no_isapi"),
        (DeviceMood.HANGING, 0.5, "doctor_device_slow"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_device_that_answers_wrongly_or_not_at_all(
    mood: DeviceMood, seconds: float, word: str
) -> None:
    async with device() as server:
        server.mood = mood
        found = await look({"main_gate": door(server, timeout=seconds)})
    assert told(found) == [("gate.login", RED), OPENED]
    assert found[0].word == word


@pytest_twisted.ensureDeferred
async def test_a_device_that_hangs_up_on_every_question() -> None:
    class Rude(Protocol):
        def dataReceived(self, data: bytes) -> None:
            assert self.transport is not None
            self.transport.loseConnection()

    port = where.listenTCP(0, Factory.forProtocol(Rude), interface="127.0.0.1")
    url = f"http://127.0.0.1:{port.getHost().port}"
    found = await look({"main_gate": {"driver": "hikvision", "url": url, "password": PASSWORD}})
    await port.stopListening()
    assert told(found) == [("gate.login", RED), OPENED]
    assert found[0].word == "doctor_device_answer"
    assert found[0].values["why"] == "cut"


@pytest_twisted.ensureDeferred
async def test_a_device_that_is_gone() -> None:
    async with device() as server:
        gate = door(server)
    found = await look({"main_gate": gate})
    assert told(found) == [("gate.reach", RED), OPENED]
    assert found[0].values["setting"] == "tenants.robles.gates.main_gate.url"


@pytest_twisted.ensureDeferred
async def test_a_model_without_the_order_and_a_door_that_it_does_not_have() -> None:
    async with device() as server:
        found = await look({"main_gate": door(server, door=3)})
        assert words(found)[-2] == "doctor_door_number"
        assert found[-2].values["most"] == 2
        server.door_words = ("close", "resume")
        found = await look({"main_gate": door(server)})
    assert words(found)[-2] == "doctor_door_unable"
    assert told(found)[-2] == ("gate.door", RED)


@pytest.mark.parametrize("kind", ["door", "barrier"])
@pytest_twisted.ensureDeferred
async def test_a_state_that_can_not_be_read_is_a_warning(kind: str) -> None:
    async with device() as server:
        server.tells_state = False
        found = await look({"main_gate": door(server, kind=kind)})
    assert told(found)[-2] == ("gate.door", YELLOW)
    assert found[-2].word == "doctor_door_stateless"


@pytest_twisted.ensureDeferred
async def test_a_barrier() -> None:
    async with device() as server:
        server.barrier_wired = True
        found = await look({"main_gate": door(server, kind="barrier")})
        assert (words(found)[-2], told(found)[-2][1]) == ("doctor_door_shut", GREEN)
        server.barrier_wired = False
        found = await look({"main_gate": door(server, kind="barrier")})
    assert words(found)[-2] == "doctor_door_stateless"


@pytest_twisted.ensureDeferred
async def test_a_clock_that_is_wrong() -> None:
    async with device() as server:
        server.clock_error = -DOCTOR_CLOCK_YELLOW_SECONDS - 5
        found = await look({"main_gate": door(server)}, {"entry": camera(server)})
    levels = told(found)
    assert ("gate.clock", YELLOW) in levels
    assert ("camera.clock", YELLOW) in levels
    assert ("camera.plates", GREEN) in levels  # the difference is reckoned with
    assert -38 <= found[1].values["seconds"] <= -33


@pytest_twisted.ensureDeferred
async def test_a_camera_that_reads_no_plates() -> None:
    async with device() as server:
        found = await look(cameras={"entry": camera(server, channel=2)})
        assert "notSupport" in found[-1].values["why"]
        server.mood, server.mood_for = DeviceMood.HTML, "plates"
        page = await look(cameras={"entry": camera(server)})
    assert told(found)[-1] == told(page)[-1] == ("camera.plates", RED)


@pytest_twisted.ensureDeferred
async def test_another_certificate_than_that_of_the_settings() -> None:
    ours, theirs = self_made_certificate(), self_made_certificate()
    async with device(options=ours.options()) as server:
        right, wrong = (it.dumpPEM().decode() for it in (ours, theirs))
        found = await look({"main_gate": door(server, certificate=right)})
        assert ("gate.login", GREEN) in told(found)
        found = await look({"main_gate": door(server, certificate=wrong)})
        assert words(found)[0] == "doctor_reach_pin"
        found = await look({"main_gate": door(server)})
        assert words(found)[0] == "doctor_reach_untrusted"


# -- the other drivers


class Silent(Protocol):
    heard: list[bytes]

    def dataReceived(self, data: bytes) -> None:
        self.heard.append(data)


@pytest_twisted.ensureDeferred
async def test_a_webhook_is_reached_and_hears_not_a_byte() -> None:
    heard: list[bytes] = []
    factory = Factory.forProtocol(type("Here", (Silent,), {"heard": heard}))
    port = where.listenTCP(0, factory, interface="127.0.0.1")
    url = f"http://127.0.0.1:{port.getHost().port}/open?key={SECRETS['hook']}"
    found = await look({"main_gate": {"driver": "webhook", "url": url}})
    assert told(found) == [("gate.reach", GREEN), OPENED]
    await port.stopListening()
    found = await look({"main_gate": {"driver": "webhook", "url": url}})
    assert told(found) == [("gate.reach", RED), OPENED]
    assert heard == []


@pytest_twisted.ensureDeferred
async def test_a_webhook_with_a_certificate_of_its_own() -> None:
    ours, theirs = self_made_certificate(), self_made_certificate()
    silent = Factory.forProtocol(type("Here", (Silent,), {"heard": []}))
    port = where.listenSSL(0, silent, ours.options(), interface="127.0.0.1")
    gate = {"driver": "webhook", "url": f"https://127.0.0.1:{port.getHost().port}/open"}
    seen = []
    for certificate in (ours, theirs):
        pem = certificate.dumpPEM().decode()
        seen.append(words(await look({"main_gate": {**gate, "certificate": pem}}))[0])
    await port.stopListening()
    assert seen == ["doctor_gate_webhook", "doctor_reach_pin"]


@pytest_twisted.ensureDeferred
async def test_digits_are_counted_and_not_told() -> None:
    found = await look({"main_gate": {"driver": "dtmf", "digits": SECRETS["digits"]}})
    assert told(found) == [("gate.way", GREEN), OPENED]
    assert found[0].values["count"] == 5


@pytest.mark.parametrize(("answer", "level"), [("1", GREEN), ("0", RED), ("", RED)])
@pytest_twisted.ensureDeferred
async def test_an_extension_in_the_dialplan(answer: str, level: Level) -> None:
    asked: list[str] = []

    async def getvar(expression: str) -> str:
        asked.append(expression)
        return answer

    gate = {"driver": "asterisk", "extension": "700", "context": "gates"}
    found = await look({"main_gate": gate}, getvar=getvar)
    assert asked == ["DIALPLAN_EXISTS(gates,700,1)"]
    assert told(found) == [("gate.way", level), OPENED]


@pytest_twisted.ensureDeferred
async def test_without_the_ami_nobody_can_say_whether_an_extension_exists() -> None:
    found = await look({"main_gate": {"driver": "asterisk", "extension": "700"}})
    assert found[0].level is Level.SKIPPED


@pytest_twisted.ensureDeferred
async def test_a_gate_that_the_backend_opens_needs_one_that_can() -> None:
    found = await look({"main_gate": {"driver": "backend"}})
    assert told(found)[0] == ("gate.way", RED)
    found = await look({"main_gate": {}}, doorman={"backend_url": "http://127.0.0.1:1"})
    assert told(found)[0] == ("gate.way", GREEN)


@pytest_twisted.ensureDeferred
async def test_without_gates_there_is_nothing_to_say() -> None:
    assert await look() == []


@pytest_twisted.ensureDeferred
async def test_devices_that_do_not_answer_are_waited_for_at_the_same_time() -> None:
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(device()) for _ in range(6)]
        for server in servers[1:]:
            server.mood = DeviceMood.HANGING
        gates = {f"g{at}": door(server, timeout=1) for at, server in enumerate(servers)}
        gates["g0"]["timeout"] = 5
        began = where.seconds()
        found = await look(gates)
    assert where.seconds() - began < 4  # one after the other they take 5 s
    assert [it.values["place"] for it in found[:-1]] == [
        *["tenants.robles.gates.g0"] * 3,
        *[f"tenants.robles.gates.g{at}" for at in range(1, 6)],
    ]
