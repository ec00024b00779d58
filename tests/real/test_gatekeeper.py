"""The gatekeeper through the daemon, on a real Asterisk: residents, keys, devices, no model."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import yaml
from databases import empty_database

from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.web.client import Agent

from portero.doorman.exchange import make_client
from portero.registry import Registry, ledger, pins
from portero.registry.importing import import_file
from portero.simulator.conversation_script import Step, VisitorLine
from portero.simulator.faults import FaultKind
from portero.simulator.hikvision import HikvisionServer
from portero.simulator.realtime import RealtimeServer
from portero.simulator.whatsapp import NUMBER_ID, WhatsAppServer

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer, free_port, free_udp_range
from .daemon import MEDIA_PORTS
from .gatehouse import (
    AGENT_AGAIN_HERTZ,
    GREETING_SECONDS,
    LISTENING_SECONDS,
    Gatehouse,
    agent,
    said,
    seconds_of_tone,
    sent,
    tool,
)
from .visit import TONES, Visit, originate_visit

pytestmark = pytest.mark.real

HANDLE = "{{find_resident.resident_id}}"
JUAN = "Juan Pérez García"
PIN = "482917"
DURESS = "girasol"
PEOPLE = {
    "units": [{"unit": f"Casa {number}"} for number in (1, 2, 3, 4)],
    "residents": [
        {"name": "Uma Abre", "unit": "Casa 1", "extension": "201"},
        {"name": "Dos Niega", "unit": "Casa 2", "extension": "202"},
        {"name": "Tere Habla", "unit": "Casa 3", "extension": "231"},
        {"name": "Wendy Mensajes", "unit": "Casa 4", "whatsapp": "+52 55 1234 5678"},
    ],
    "authorizations": [{"name": JUAN, "unit": "Casa 1"}],
}
CLOCK: Any = reactor


class Keeper(Gatehouse):
    """A gatehouse whose residents have phones, whose keypad has a PIN, and which may call out."""

    def __init__(self, asterisk: AsteriskServer, folder: Path) -> None:
        super().__init__(asterisk, folder)
        sounds = asterisk.directory / "sounds"
        self.config["asterisk"]["ami"]["username"] = "portero-calls"
        self.config["asterisk"]["prompts"] = {
            "folder": str(sounds),
            "seen_as": asterisk.inside(sounds),
        }
        self.tenant["notify"] = {"context": "residents", "chain": [{"by": "call", "wait": "20s"}]}
        self.tenant["fallback"] = {"mode": "keypad", "reconnects": 0}

    @property
    def tenant(self) -> dict[str, Any]:
        tenant: dict[str, Any] = self.config["tenants"][0]
        return tenant

    def fill(self, people: dict[str, Any] = PEOPLE) -> None:
        """Residents, and a PIN."""
        file = self.folder / "people.yaml"
        file.write_text(yaml.safe_dump(people, allow_unicode=True))
        registry = Registry(self.config["registry"]["url"])
        registry.upgrade()
        import_file(registry, "lomas", file)
        registry.work(pins.add, "lomas", label="Jardín", digits=PIN, now=registry.now())
        registry.close()

    def written(self) -> list[ledger.Entry]:
        """The tenant's ledger, whose chain must be whole."""
        registry = Registry(self.config["registry"]["url"])
        try:
            assert registry.read(ledger.verify, "lomas") == []
            calls = registry.read(lambda rows: [row.call_id for row in ledger.read(rows, "lomas")])
            return [
                entry
                for call in dict.fromkeys(calls)
                for entry in registry.read(ledger.for_call, "lomas", call)
            ]
        finally:
            registry.close()

    def rules(self) -> list[str]:
        """The rules of the verdicts, in their order."""
        return [entry.body["rule"] for entry in self.written() if entry.kind == "verdict"]

    async def press(self, ami: AmiProbe, visit: Visit, keys: str) -> None:
        """The visitor presses keys while he listens."""
        for key in keys:
            answer = await ami.action(
                "PlayDTMF", Channel=visit.far_channel, Digit=key, Duration="100", Receive="true"
            )
            assert answer["Response"] == "Success", answer
            await self.quiet(0.2)


@pytest_twisted.async_yield_fixture
async def house(asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path) -> AsyncIterator[Keeper]:
    asterisk.complaints()
    keeper = Keeper(asterisk, tmp_path)
    keeper.fill()
    yield keeper
    print(keeper.daemon.log)  # pytest shows it when the test has failed
    await keeper.close()


def asking(unit: str, answer: dict[str, Any]) -> tuple[Step, ...]:
    """The agent has a resident asked, and says what came of it."""
    return (
        agent(),
        said(),
        tool("find_resident", unit=unit),
        tool("notify_resident", answer, resident_id=HANDLE, visitor_name="Ana Ruiz"),
        agent(hertz=AGENT_AGAIN_HERTZ),
        tool("end_call", reason="listo"),
    )


def let_in(ordered: bool | None = True) -> tuple[Step, ...]:
    """The agent finds Juan expected, and has the gate opened; `ordered` None: or not."""
    return (
        agent(),
        said(),
        tool("check_visitor", None, name=JUAN),
        tool("open_gate", None if ordered is None else {"ordered": ordered}, visitor_name=JUAN),
        agent(hertz=AGENT_AGAIN_HERTZ),
        tool("end_call", reason="listo"),
    )


# -- residents


@pytest.mark.parametrize(
    ("unit", "answer", "rule"),
    [
        ("Casa 1", {"answer": "approved", "gate_ordered": True}, "approved"),
        ("Casa 2", {"answer": "refused"}, None),
        ("Casa 3", {"answer": "approved", "gate_ordered": True}, "approved"),
    ],
    ids=["presses 1", "presses 2", "talks and presses 1"],
)
@pytest_twisted.ensureDeferred
async def test_a_resident_is_called_and_decides(
    house: Keeper, ami: AmiProbe, unit: str, answer: dict[str, Any], rule: str | None
) -> None:
    await house.start()
    house.agent_does(*asking(unit, answer))
    visit = await house.visit(ami)
    session = await house.greeted(ami, visit)
    ended = await house.ended(ami, visit, patience=40)
    assert ended["Status"] == "COMPLETED"
    assert len(house.relay.pulses) == (1 if rule else 0)
    assert house.rules() == ([rule] if rule else [])
    asked = [event for _, event in session.record.received if event["type"] == "response.create"]
    assert "progress" in json.dumps(asked), "the visitor hears that somebody is asked"
    assert "approval" in {entry.kind for entry in house.written()}


@pytest_twisted.ensureDeferred
async def test_a_resident_who_is_called_stops_being_rung_when_the_visitor_leaves(
    house: Keeper, ami: AmiProbe
) -> None:
    house.tenant["notify"]["context"] = "guards"  # 101 rings and never answers
    PEOPLE_RING = {**PEOPLE, "residents": [{**PEOPLE["residents"][0], "extension": "101"}]}
    del PEOPLE_RING["authorizations"]
    file = house.folder / "ring.yaml"
    file.write_text(yaml.safe_dump(PEOPLE_RING, allow_unicode=True))
    registry = Registry(house.config["registry"]["url"])
    import_file(registry, "lomas", file)
    registry.close()
    await house.start()
    house.agent_does(*asking("Casa 1", {}))
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    await ami.event("UserEvent", UserEvent="Guard", Extension="101", Did="ring")
    await visit.hang_up(ami)
    await house.until(lambda: "0 active channels" in house.asterisk.cli("core show channels"))
    assert house.relay.pulses == []


def with_whatsapp(house: Keeper) -> WhatsAppServer:
    """Meta's side, started; the house's residents are asked by WhatsApp."""
    port = free_port()
    meta = WhatsAppServer(
        CLOCK,
        http=make_client(Agent(CLOCK)),
        now=time.time,
        webhook=f"http://127.0.0.1:{port}/whatsapp",
    )
    meta.startService()
    house.config["doorman"] = {
        "whatsapp": {
            "phone_number_id": NUMBER_ID,
            "token": "EAAtoken",
            "app_secret": "app-secret",
            "verify_token": "palabra",
            "url": meta.url,
        },
        "webhook": {"port": port},
    }
    house.tenant["notify"]["chain"] = [{"by": "whatsapp", "wait": "20s"}]
    return meta


@pytest_twisted.ensureDeferred
async def test_a_resident_answers_by_whatsapp(house: Keeper, ami: AmiProbe) -> None:
    meta = with_whatsapp(house)
    try:
        await house.start()
        house.agent_does(*asking("Casa 4", {"answer": "approved", "gate_ordered": True}))
        visit = await house.visit(ami)
        await house.greeted(ami, visit)
        await house.until(lambda: meta.messages)
        assert house.relay.pulses == []
        tapped = meta.tap(meta.messages[0], 0)
        assert await meta.post(tapped, "sha256=" + "0" * 64) == 401
        assert await meta.post(tapped) == 200
        assert (await house.ended(ami, visit, patience=30))["Status"] == "COMPLETED"
        assert len(house.relay.pulses) == 1
        assert await meta.post(tapped) == 200, "told again: nothing more happens"
        await house.quiet(1)
        assert len(house.relay.pulses) == 1
        assert house.rules() == ["approved"]
    finally:
        await maybeDeferred(meta.stopService)


@pytest_twisted.ensureDeferred
async def test_a_no_by_whatsapp_stays_a_no(house: Keeper, ami: AmiProbe) -> None:
    meta = with_whatsapp(house)
    try:
        await house.start()
        house.agent_does(*asking("Casa 4", {"answer": "refused"}))
        visit = await house.visit(ami)
        await house.greeted(ami, visit)
        await house.until(lambda: meta.messages)
        assert await meta.post(meta.tap(meta.messages[0], 1)) == 200
        assert (await house.ended(ami, visit, patience=30))["Status"] == "COMPLETED"
        assert await meta.post(meta.tap(meta.messages[0], 0)) == 200, "a second thought"
        await house.quiet(1)
        assert house.relay.pulses == []
    finally:
        await maybeDeferred(meta.stopService)


@pytest_twisted.ensureDeferred
async def test_a_yes_after_the_visitor_has_left_opens_nothing(house: Keeper, ami: AmiProbe) -> None:
    meta = with_whatsapp(house)
    try:
        await house.start()
        house.agent_does(*asking("Casa 4", {}))
        visit = await house.visit(ami)
        await house.greeted(ami, visit)
        await house.until(lambda: meta.messages)
        await visit.hang_up(ami)
        await house.until(lambda: "0 active channels" in house.asterisk.cli("core show channels"))
        assert await meta.post(meta.tap(meta.messages[0], 0)) == 200
        await house.quiet(1)
        assert house.relay.pulses == []
        assert house.rules() == []
    finally:
        await maybeDeferred(meta.stopService)


# -- keys


@pytest_twisted.ensureDeferred
async def test_a_pin_opens_while_the_agent_is_there_and_nobody_sees_it(
    house: Keeper, ami: AmiProbe
) -> None:
    await house.start()
    house.agent_does(agent(), said(), agent(), said(), agent())
    visit = await house.visit(ami)
    session = await house.greeted(ami, visit)
    await house.press(ami, visit, "999111#")
    await house.until(lambda: "PIN: wrong" in house.daemon.log)
    assert house.relay.pulses == []
    await house.press(ami, visit, f"{PIN}#")
    await house.until(lambda: house.relay.pulses)
    assert house.rules() == ["pin"]
    await visit.hang_up(ami)
    await house.ended(ami, visit)
    seen = (
        house.daemon.log,
        json.dumps([event for _, event in session.record.received], default=str),
        str(house.written()),
    )
    assert [PIN in where for where in seen] == [False, False, False]
    assert ["999111" in where for where in seen] == [False, False, False]


# -- devices


@pytest_twisted.ensureDeferred
async def test_a_hikvision_door_opens_and_says_so(house: Keeper, ami: AmiProbe) -> None:
    device = HikvisionServer(CLOCK, username="portero", password="Clave-2026")
    device.startService()
    house.tenant["gates"]["main_gate"] = {
        "driver": "hikvision",
        "url": device.url,
        "username": "portero",
        "password": "Clave-2026",
    }
    try:
        await house.start()
        house.agent_does(
            agent(),
            said(),
            tool("check_visitor", {"authorized": True}, name=JUAN),
            tool("open_gate", {"ordered": True, "state": "acknowledged"}, visitor_name=JUAN),
            agent(),
            tool("end_call", reason="entró"),
        )
        visit = await house.visit(ami)
        await house.greeted(ami, visit)
        assert (await house.ended(ami, visit))["Status"] == "COMPLETED"
        assert len(device.orders) == 1
        assert "Clave-2026" not in house.daemon.log
    finally:
        await maybeDeferred(device.stopService)


@pytest_twisted.ensureDeferred
async def test_an_intercom_is_opened_by_dtmf_in_its_own_call(house: Keeper, ami: AmiProbe) -> None:
    house.tenant["gates"]["main_gate"] = {"driver": "dtmf", "digits": "00*"}
    await house.start()
    house.agent_does(
        agent(),
        said(),
        tool("check_visitor", {"authorized": True}, name=JUAN),
        tool("open_gate", {"ordered": True, "state": "unconfirmed"}, visitor_name=JUAN),
        agent(),
        tool("end_call", reason="entró"),
    )
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    assert (await house.ended(ami, visit))["Status"] == "COMPLETED"
    await ami.event("DTMFEnd", Uniqueid=visit.id, Digit="*", Direction="Received")
    heard = [
        event["Digit"]
        for event in ami.seen("DTMFEnd", Uniqueid=visit.id)
        if event["Direction"] == "Received"
    ]
    assert "".join(heard) == "00*"
    assert house.rules() == ["expected"]
    assert "00*" not in house.daemon.log


@pytest_twisted.ensureDeferred
async def test_a_gate_is_an_extension_that_is_called(house: Keeper, ami: AmiProbe) -> None:
    house.tenant["gates"]["main_gate"] = {
        "driver": "asterisk",
        "extension": "103",
        "context": "guards",
    }
    await house.start()
    house.agent_does(*let_in())
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    await ami.event("UserEvent", UserEvent="Guard", Extension="103")
    assert (await house.ended(ami, visit))["Status"] == "COMPLETED"
    assert house.rules() == ["expected"]


# -- the database


@pytest_twisted.ensureDeferred
async def test_a_database_that_is_gone_in_mid_call_keeps_the_gate_shut(
    house: Keeper, ami: AmiProbe
) -> None:
    await house.start()
    house.agent_does(
        agent(),
        said(),
        tool("check_visitor", {"authorized": True}, name=JUAN),
        agent(),
        said(),
        tool("open_gate", {"ordered": False}, visitor_name=JUAN),
        agent(hertz=AGENT_AGAIN_HERTZ),
        tool("end_call", reason="no abre"),
    )
    visit = await house.visit(ami)
    session = await house.greeted(ami, visit)
    await house.until(lambda: len(sent(session, "response.done")) == 3)
    taken = sqlite3.connect(house.folder / "portero.db", isolation_level=None)
    try:
        taken.execute("BEGIN EXCLUSIVE")
        await house.listened(ami, visit)
        ended = await house.ended(ami, visit, patience=40)
    finally:
        taken.close()
    await visit.gone(ami)
    assert ended["Status"] == "COMPLETED"
    assert house.relay.pulses == []
    assert seconds_of_tone(visit.heard(), AGENT_AGAIN_HERTZ) > 0, "he was told"
    assert "Traceback" not in house.daemon.log


@pytest_twisted.ensureDeferred
async def test_two_daemons_on_one_database_let_one_visitor_in_once(
    house: Keeper, ami: AmiProbe, tmp_path: Path
) -> None:
    with empty_database("postgresql", tmp_path) as url:
        folder = tmp_path / "other"
        folder.mkdir()
        other = Keeper(house.asterisk, folder)
        other.config["asterisk"]["fastagi"]["port"] = free_port()
        # Ports of its own: a daemon that starts hangs up whatever is on its ports.
        first = free_udp_range(MEDIA_PORTS, 24000, 25999)
        other.config["media"]["ports"] = f"{first}-{first + MEDIA_PORTS - 1}"
        house.config["registry"]["url"] = other.config["registry"]["url"] = url
        once = {"name": JUAN, "unit": "Casa 1", "uses": 1}
        house.fill({**PEOPLE, "authorizations": [once]})
        try:
            visits = []
            for each in (house, other):
                await each.start()
                each.agent_does(*let_in(None))
                agi = f"agi://127.0.0.1:{each.config['asterisk']['fastagi']['port']}/portero"
                visit = await each.visit(ami, PORTERO_URL=agi)
                visits.append((each, visit, await each.session()))
            for each, visit, session in visits:
                await each.until(partial(sent, session, "response.done"))
                await ami.event("BridgeEnter", Uniqueid=f"{visit.id}-far")
            await house.quiet(GREETING_SECONDS + LISTENING_SECONDS)
            for each, visit, _ in visits:
                await each.speak(ami, visit)
            for each, visit, _ in visits:
                assert (await each.ended(ami, visit))["Status"] == "COMPLETED"
            assert len(house.relay.pulses) + len(other.relay.pulses) == 1
            assert house.rules().count("expected") == 1
            assert len(house.rules()) == 2
        finally:
            await house.daemon.stop()
            print(other.daemon.log)
            await other.close()


# -- a visitor who is forced


@pytest_twisted.ensureDeferred
async def test_a_duress_word_calls_the_guard_and_nobody_hears_of_it(
    house: Keeper, ami: AmiProbe
) -> None:
    house.tenant["duress"] = {"words": [DURESS]}
    await house.start()
    house.agent_does(
        agent(),
        VisitorLine(f"Vengo por el {DURESS} de mi tía"),
        tool("check_visitor", {"authorized": True}, name=JUAN),
        tool("open_gate", {"ordered": False}, visitor_name=JUAN),
        agent(hertz=AGENT_AGAIN_HERTZ),
        tool("end_call", reason="no abre"),
    )
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    await ami.event("UserEvent", UserEvent="Guard", Extension="100")
    assert (await house.ended(ami, visit))["Status"] == "COMPLETED"
    await visit.gone(ami)
    assert house.relay.pulses == []
    assert seconds_of_tone(visit.heard(), TONES["guard"]) == 0
    assert "duress" in {entry.kind for entry in house.written()}
    assert DURESS not in house.daemon.log


# -- without the model


@pytest.mark.parametrize(("keys", "rule"), [(f"{PIN}#", "pin"), ("1*#", "approved"), ("2*#", None)])
@pytest_twisted.ensureDeferred
async def test_without_the_model_keys_open_or_ask(
    house: Keeper, ami: AmiProbe, keys: str, rule: str | None
) -> None:
    await house.start()
    house.fault(FaultKind.HTTP_503)
    visit = await originate_visit(house.asterisk, ami, "1000@gate")
    await house.until(lambda: "the keypad's menu" in house.daemon.log)
    await house.quiet(1)
    pressed = len(ami.events)
    await house.press(ami, visit, keys)
    if rule is None:
        await ami.event("UserEvent", UserEvent="Guard", Extension="100", patience=60)
        answered = {"Uniqueid": f"{visit.id}-far", "DialStatus": "ANSWER"}
        await ami.event("DialEnd", since=pressed, **answered)
        await visit.hang_up(ami)
    ended = await house.ended(ami, visit, patience=40)
    assert ended["Status"] == ("COMPLETED" if rule else "TRANSFERRED")
    assert house.rules() == ([rule] if rule else [])
    assert len(house.relay.pulses) == (1 if rule else 0)
    assert PIN not in house.daemon.log


@pytest_twisted.ensureDeferred
async def test_a_model_that_dies_mid_word_leaves_the_visitor_with_the_keypad(
    house: Keeper, ami: AmiProbe
) -> None:
    await house.start()
    house.agent_does(agent(8))
    visit = await house.visit(ami)
    await house.until(lambda: len(visit.heard()) > 16_000)
    await RealtimeServer.stopService(house.realtime)
    await house.until(lambda: "the keypad's menu" in house.daemon.log)
    await house.quiet(1)
    await house.press(ami, visit, f"{PIN}#")
    assert (await house.ended(ami, visit, patience=30))["Status"] == "COMPLETED"
    assert len(house.relay.pulses) == 1
