"""Visits through the real daemon on a real Asterisk: tools, guards, hangups, tenants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_twisted

from portero.limits import BACKEND_KEEPALIVE_SECONDS
from portero.registry.tables import notifications, visitors
from portero.simulator.conversation_script import Step
from portero.simulator.faults import Fault, FaultKind
from portero.simulator.relay import RelayMood

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .gatehouse import (
    AGENT_AGAIN_HERTZ,
    AGENT_HERTZ,
    TONE_SLACK,
    Gatehouse,
    agent,
    said,
    seconds_of_tone,
    sent,
    socket_inodes,
    tool,
)
from .visit import TONES, Visit

MARIA = "{{find_resident.resident_id}}"
JUAN = "Juan Pérez García"

pytestmark = pytest.mark.real


@pytest_twisted.async_yield_fixture(scope="module")
async def shared_house(
    asterisk: AsteriskServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Gatehouse]:
    """One daemon for all visits of this file: each must leave it as it was."""
    house = Gatehouse(asterisk, tmp_path_factory.mktemp("portero"))
    house.config["asterisk"]["max_calls"] = 3
    house.config["tenants"][0]["max_calls"] = 2
    house.import_registry()
    await house.start()
    idle = len(socket_inodes(house.pid))
    yield house
    # Connections to its own backend are kept for a while.
    await house.until(lambda: len(socket_inodes(house.pid)) <= idle, 2 * BACKEND_KEEPALIVE_SECONDS)
    await house.close()
    assert house.daemon.log.rstrip().endswith("Server Shut Down.")


@pytest_twisted.async_yield_fixture
async def house(shared_house: Gatehouse, ami: AmiProbe) -> AsyncIterator[Gatehouse]:
    shared_house.asterisk.complaints()
    logged = len(shared_house.daemon.log)
    yield shared_house
    print(shared_house.daemon.log[logged:])  # pytest shows it when the test has failed
    await shared_house.nothing_is_left(ami)


# -- tools


@pytest_twisted.ensureDeferred
async def test_a_visitor_who_is_expected_is_let_in(house: Gatehouse, ami: AmiProbe) -> None:
    house.agent_does(
        agent(),
        said(),
        tool("find_resident", {"resident_id": "r1"}, unit="casa 5"),
        tool("check_visitor", {"authorized": True}, name=JUAN),
        tool("open_gate", {"ordered": True}, visitor_name=JUAN),
        agent(hertz=AGENT_AGAIN_HERTZ),
        tool("end_call", {"ended": True}, reason="entró"),
    )

    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    ended = await house.ended(ami, visit)
    await visit.gone(ami)

    assert (ended["Status"], ended["Reason"]) == ("COMPLETED", "agent_said_goodbye")
    assert [pulse.method for pulse in house.relay.pulses] == ["POST"]
    (entry,) = house.access_log()
    assert (entry["visitor_name"], entry["gate_id"]) == (JUAN, "main_gate")
    assert entry["metadata"]["state"] == "acknowledged"
    assert seconds_of_tone(visit.heard(), AGENT_HERTZ) == pytest.approx(0.3, abs=TONE_SLACK)
    # MixMonitor loses the last tenths of a second of a channel that is hung up.
    assert seconds_of_tone(visit.heard(), AGENT_AGAIN_HERTZ) >= 0.1


@pytest_twisted.ensureDeferred
async def test_a_gate_stays_shut_for_who_was_not_checked(house: Gatehouse, ami: AmiProbe) -> None:
    before = len(house.access_log())
    house.agent_does(
        agent(),
        said(),
        tool("open_gate", {"ordered": False, "state": "refused"}, visitor_name=JUAN),
        agent(),
        said(),
        tool("check_visitor", {"authorized": False}, name="Pedro Páramo"),
        tool("open_gate", {"ordered": False, "state": "refused"}, visitor_name="Pedro Páramo"),
        agent(),
        tool("end_call", reason="nadie lo espera"),
    )

    visit = await house.visit(ami)
    session = await house.greeted(ami, visit)
    await house.until(lambda: len(sent(session, "response.done")) == 3)
    await house.listened(ami, visit)
    ended = await house.ended(ami, visit)

    assert ended["Status"] == "COMPLETED"
    assert house.relay.pulses == []
    assert len(house.access_log()) == before


@pytest_twisted.ensureDeferred
async def test_the_tools_that_only_tell(house: Gatehouse, ami: AmiProbe) -> None:
    house.agent_does(
        agent(),
        said(),
        tool("find_resident", name="María López"),
        tool("notify_resident", {"done": True}, resident_id=MARIA, visitor_name="Ana"),
        tool("get_recent_plates", {"vehicles_seen": 0}, minutes=5),
        tool(
            "register_visitor",
            {"done": True},
            name="Ana Ruiz",
            resident_id=MARIA,
            reason="entrega",
        ),
        agent(),
        tool("end_call", reason="registrada"),
    )

    visit = await house.visit(ami)
    await house.greeted(ami, visit)

    assert (await house.ended(ami, visit))["Status"] == "COMPLETED"
    (notice,), (visitor,) = house.rows(notifications), house.rows(visitors)
    assert (notice["visitor_name"], notice["tenant"]) == ("Ana", "lomas")
    assert (visitor["name"], visitor["status"]) == ("Ana Ruiz", "pending")
    assert notice["resident_id"] == visitor["resident_id"]


@pytest.mark.parametrize(
    ("mood", "detail"), [(RelayMood.BROKEN, "HTTP 500"), (RelayMood.HANGING, "slow")]
)
@pytest_twisted.ensureDeferred
async def test_a_gate_that_does_not_move_is_told_and_logged(
    house: Gatehouse, ami: AmiProbe, mood: RelayMood, detail: str
) -> None:
    house.agent_does(
        agent(),
        said(),
        tool("check_visitor", {"authorized": True}, name=JUAN),
        tool("open_gate", {"state": "unconfirmed"}, visitor_name=JUAN),
        agent(),
        tool("end_call", reason="la puerta no abre"),
    )
    house.relay.mood = mood

    visit = await house.visit(ami)
    await house.greeted(ami, visit)

    assert (await house.ended(ami, visit))["Status"] == "COMPLETED"
    assert len(house.relay.pulses) == 1  # an order is given once
    logged = house.access_log()[0]["metadata"]
    assert (logged["state"], logged["detail"]) == ("unconfirmed", detail)


# -- the guard


@pytest_twisted.ensureDeferred
async def test_a_guard_who_answers_talks_to_the_visitor(house: Gatehouse, ami: AmiProbe) -> None:
    house.agent_does(
        agent(), said(), agent(hertz=AGENT_AGAIN_HERTZ), tool("transfer_to_guard", reason="lo pide")
    )

    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    await ami.event("UserEvent", UserEvent="Guard", Extension="100")
    await house.until(lambda: house.sockets()["realtime"] == 0)  # nothing more is paid for
    await house.until(lambda: seconds_of_tone(visit.heard(), TONES["guard"]) >= 0.5)
    await visit.hang_up(ami)
    ended = await house.ended(ami, visit)

    assert (ended["Status"], ended["Reason"]) == ("TRANSFERRED", "agent_asked")
    # His last word was played to its end before the guard rang.
    assert seconds_of_tone(visit.heard(), AGENT_AGAIN_HERTZ) == pytest.approx(0.3, abs=TONE_SLACK)
    assert house.sockets()["udp"] == 0


@pytest.mark.parametrize(("tenant", "guard"), [("rings", "101"), ("engaged", "102")])
@pytest_twisted.ensureDeferred
async def test_a_guard_who_does_not_answer_gives_the_visitor_back(
    house: Gatehouse, ami: AmiProbe, tenant: str, guard: str
) -> None:
    house.agent_does(
        agent(),
        said(),
        agent(),
        tool("transfer_to_guard", {"transferred": False}, reason="lo pide"),
        agent(hertz=AGENT_AGAIN_HERTZ),
        said(),
        agent(),
        tool("end_call", {"ended": True}, reason="se va"),
    )

    visit = await house.visit(ami, "tenant@gate", TENANT=tenant)
    session = await house.greeted(ami, visit)
    await ami.event("UserEvent", UserEvent="Guard", Extension=guard)
    await house.until(lambda: session.script_left == 2)
    await house.until(lambda: seconds_of_tone(visit.heard(), AGENT_AGAIN_HERTZ) >= 0.2)
    await house.speak(ami, visit)  # on the new leg
    ended = await house.ended(ami, visit)

    assert ended["Status"] == "COMPLETED"
    assert session.script_left == 0
    legs = ami.seen("DialBegin", Uniqueid=f"{visit.id}-far")
    assert [leg["DestChannel"].split("/")[0] for leg in legs] == [
        "UnicastRTP",
        "Local",
        "UnicastRTP",
    ]


@pytest_twisted.ensureDeferred
async def test_a_guard_who_hangs_up_at_once_has_answered(house: Gatehouse, ami: AmiProbe) -> None:
    house.agent_does(agent(), said(), agent(), tool("transfer_to_guard", reason="lo pide"))

    visit = await house.visit(ami, "1003@gate")
    await house.greeted(ami, visit)
    ended = await house.ended(ami, visit)

    assert ended["Status"] == "TRANSFERRED"


# -- hangups


Stage = Callable[[Gatehouse, AmiProbe, Visit], Awaitable[None]]


async def nothing(house: Gatehouse, ami: AmiProbe, visit: Visit) -> None:
    """The Realtime server has taken the connection, and says nothing."""
    await house.until(lambda: house.sockets()["realtime"] == 1)


async def greeting(house: Gatehouse, ami: AmiProbe, visit: Visit) -> None:
    await house.until(lambda: seconds_of_tone(visit.heard(), AGENT_HERTZ) >= 0.2)


async def speaking(house: Gatehouse, ami: AmiProbe, visit: Visit) -> None:
    session = await house.greeted(ami, visit)
    await house.until(lambda: sent(session, "input_audio_buffer.speech_started"))


async def waiting_for_the_gate(house: Gatehouse, ami: AmiProbe, visit: Visit) -> None:
    house.relay.mood = RelayMood.HANGING
    await house.greeted(ami, visit)
    await house.until(lambda: house.relay.pulses)


async def ringing(house: Gatehouse, ami: AmiProbe, visit: Visit) -> None:
    await house.greeted(ami, visit)
    await ami.event("UserEvent", UserEvent="Guard", Extension="101")


async def goodbye(house: Gatehouse, ami: AmiProbe, visit: Visit) -> None:
    await house.greeted(ami, visit)
    await house.until(lambda: seconds_of_tone(visit.heard(), AGENT_AGAIN_HERTZ) >= 0.2)


CHECKED = tool("check_visitor", {"authorized": True}, name=JUAN)
STAGES: list[tuple[Stage, tuple[Step, ...]]] = [
    (nothing, ()),
    (greeting, (agent(3),)),
    (speaking, (agent(), said(), agent())),
    (waiting_for_the_gate, (agent(), said(), CHECKED, tool("open_gate", visitor_name=JUAN))),
    (ringing, (agent(), said(), agent(), tool("transfer_to_guard", reason="lo pide"))),
    # Long: what he hears is written down in blocks, and he is to go before its end.
    (goodbye, (agent(), said(), agent(10, AGENT_AGAIN_HERTZ), tool("end_call", reason="ya"))),
]


@pytest.mark.parametrize(("stage", "steps"), STAGES, ids=[stage.__name__ for stage, _ in STAGES])
@pytest_twisted.ensureDeferred
async def test_the_visitor_hangs_up(
    house: Gatehouse, ami: AmiProbe, stage: Stage, steps: tuple[Step, ...]
) -> None:
    if stage is nothing:
        house.agent_does(agent(), faults=(Fault(FaultKind.MUTE, 1),))
    else:
        house.agent_does(*steps)
    visit = await house.visit(
        ami, "1001@gate" if stage is ringing else "tenant@gate", TENANT="lomas"
    )
    await stage(house, ami, visit)

    await ami.action("Hangup", Channel=visit.channel)

    assert (await house.ended(ami, visit))["Status"] == "HANGUP"
    await house.until(lambda: house.sockets()["realtime"] == 0)


@pytest.mark.parametrize(
    ("stage", "steps"), STAGES[1:4], ids=[stage.__name__ for stage, _ in STAGES[1:4]]
)
@pytest_twisted.ensureDeferred
async def test_somebody_hangs_up_the_media_leg(
    house: Gatehouse, ami: AmiProbe, stage: Stage, steps: tuple[Step, ...]
) -> None:
    """An operator at Asterisk's console, say: the visitor is put through to the guard."""
    house.agent_does(*steps)
    visit = await house.visit(ami)
    await stage(house, ami, visit)

    (leg,) = ami.seen("DialBegin", Uniqueid=f"{visit.id}-far")
    await ami.action("Hangup", Channel=leg["DestChannel"])

    await ami.event("UserEvent", UserEvent="Guard", Extension="100")
    await visit.hang_up(ami)
    ended = await house.ended(ami, visit)
    assert (ended["Status"], ended["Reason"]) == ("TRANSFERRED", "leg_ended")


# -- whose call it is, and whether there is room


@pytest.mark.parametrize(
    ("destination", "variables", "tenant"),
    [
        ("1002@gate", {}, "engaged"),
        ("tenant@gate", {"TENANT": "leaves"}, "leaves"),
        ("url@direct", {"TENANT": "rings", "DID": "1002"}, "rings"),
        ("url@direct", {"TENANT": "rings", "PORTERO_TENANT": "leaves"}, "leaves"),
        ("2001@direct", {}, "rings"),
        ("2001@inside", {}, "rings"),
        ("2001@misc", {}, "rings"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_the_tenant_of_a_call(
    house: Gatehouse, ami: AmiProbe, destination: str, variables: dict[str, str], tenant: str
) -> None:
    house.agent_does(agent())
    logged = len(house.daemon.log)
    visit = await house.visit(ami, destination, **variables)
    await house.daemon.logged(rf"new call .* for {tenant}\b", since=logged)
    await ami.action("Hangup", Channel=visit.channel)
    await house.ended(ami, visit)


@pytest.mark.parametrize(
    ("destination", "variables"),
    [
        ("1999@gate", {}),
        ("tenant@gate", {"TENANT": "nobody"}),
        ("2999@direct", {}),
        ("2999@inside", {}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_call_of_nobody_goes_on(
    house: Gatehouse, ami: AmiProbe, destination: str, variables: dict[str, str]
) -> None:
    house.agent_does(agent())
    visit = await house.visit(ami, destination, **variables)
    told = await house.fallback(ami, visit)
    assert (told["Status"], told["Reason"]) == ("UNKNOWN_TENANT", "unknown_tenant")
    assert (told["Agi"], house.realtime.sessions) == ("SUCCESS", [])


@pytest_twisted.ensureDeferred
async def test_calls_beyond_the_limits_go_on(house: Gatehouse, ami: AmiProbe) -> None:
    house.agent_does(agent())
    first = await house.visit(ami)
    second = await house.visit(ami)
    await house.session(2)

    told = await house.fallback(ami, await house.visit(ami))
    assert (told["Status"], told["Reason"]) == ("BUSY", "tenant_max_calls")
    third = await house.visit(ami, "1001@gate")
    await house.session(3)
    told = await house.fallback(ami, await house.visit(ami, "1002@gate"))
    assert (told["Status"], told["Reason"]) == ("BUSY", "max_calls")

    for visit in (first, second, third):
        await ami.action("Hangup", Channel=visit.channel)
        await house.ended(ami, visit)
    fourth = await house.visit(ami)  # there is room again
    await house.session(4)
    await ami.action("Hangup", Channel=fourth.channel)
