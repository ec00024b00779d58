"""What breaks around a visit, on a real Asterisk: the visitor always ends up with somebody."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.portforward import ProxyFactory, ProxyServer

from portero.limits import (
    AMI_RETRY_SECONDS,
    FIRST_SOUND_SECONDS,
    LEG_GRACE_SECONDS,
    REALTIME_BACKOFF_SECONDS,
    STOP_SECONDS,
)
from portero.simulator.faults import Fault, FaultKind

from .agi_probe import AgiProbe
from .ami_probe import AmiProbe, log_in
from .asterisk_server import AsteriskServer, free_port
from .daemon import PATIENCE, spawn_daemon
from .gatehouse import AGENT_HERTZ, Gatehouse, agent, said, seconds_of_tone, sent, tool
from .visit import TONES, Visit

pytestmark = pytest.mark.real

# What answering, a leg's Dial and its end cost beside the bound under test.
MARGIN_SECONDS = 2.0
# What Asterisk says when it ends an AGI session whose server has died.
AGI_LOST = "utils.c: write() returned error: "
# What it says of a FastAGI server that can't be had.
NO_AGI = ("MAX_AGI_CONNECT (2000) milliseconds", "Couldn't connect to any host.  FastAGI failed.")
CONNECT_SECONDS = 2


@pytest_twisted.async_yield_fixture
async def house(asterisk: AsteriskServer, tmp_path: Path) -> AsyncIterator[Gatehouse]:
    """A house whose daemon the test starts, because it may be the daemon that breaks."""
    house = Gatehouse(asterisk, tmp_path)
    house.config["realtime"]["connect_timeout"] = CONNECT_SECONDS
    house.agent_does(agent())
    asterisk.complaints()
    yield house
    print(house.daemon.log)  # pytest shows it when the test has failed
    await house.close()


async def with_the_guard(house: Gatehouse, ami: AmiProbe, visit: Visit, reason: str) -> None:
    """The visitor hears the tenant's guard, and goes when that is over."""
    await ami.event("UserEvent", UserEvent="Guard", Extension="100")
    await house.until(lambda: seconds_of_tone(visit.heard(), TONES["guard"]) >= 0.3)
    await ami.action("Hangup", Channel=visit.channel)
    ended = await house.ended(ami, visit)
    assert (ended["Status"], ended["Reason"]) == ("TRANSFERRED", reason)


# -- the Realtime server


@pytest.mark.parametrize(
    ("fault", "reason", "seconds"),
    [
        (FaultKind.REFUSE, "realtime_unreachable", 0),
        (FaultKind.HTTP_401, "realtime_unreachable", 0),
        (FaultKind.HTTP_503, "realtime_unreachable", 0),
        (FaultKind.INVALID_KEY, "realtime_invalid_api_key", 0),
        (FaultKind.MUTE, "no_first_sound", FIRST_SOUND_SECONDS),
        (FaultKind.DROP, "realtime_lost", REALTIME_BACKOFF_SECONDS),
        (FaultKind.SILENCE, "no_first_sound", FIRST_SOUND_SECONDS),
        (FaultKind.EXPIRE, "realtime_session_expired", 0),
    ],
)
@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_a_realtime_server_that_fails_leads_to_the_guard(
    house: Gatehouse, ami: AmiProbe, fault: FaultKind, reason: str, seconds: float
) -> None:
    await house.start()
    # A session that is dropped is opened again, if not in vain.
    house.agent_does(agent(), faults=(Fault(fault, None if fault is FaultKind.DROP else 1),))
    began = now()

    visit = await house.visit(ami)
    await ami.event("UserEvent", UserEvent="Guard", Extension="100", patience=20)

    assert seconds <= now() - began < seconds + MARGIN_SECONDS
    await with_the_guard(house, ami, visit, reason)
    await house.nothing_is_left(ami)


@pytest_twisted.ensureDeferred
async def test_a_realtime_server_that_is_slow_is_waited_for(
    house: Gatehouse, ami: AmiProbe
) -> None:
    await house.start()
    house.agent_does(agent(), faults=(Fault(FaultKind.SLOW, 1, 3.0),))
    visit = await house.visit(ami)
    await house.until(lambda: seconds_of_tone(visit.heard(), AGENT_HERTZ) >= 0.2)
    await visit.hang_up(ami)
    assert (await house.ended(ami, visit))["Status"] == "HANGUP"
    await house.nothing_is_left(ami)


class Deaf(Protocol):
    """Takes a connection and says nothing: not even that it upgrades."""


@pytest.mark.parametrize("listens", [True, False])
@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_a_realtime_server_that_does_not_answer_leads_to_the_guard(
    house: Gatehouse, ami: AmiProbe, listens: bool
) -> None:
    port = free_port()
    house.config["realtime"]["url"] = f"ws://127.0.0.1:{port}/v1/realtime"
    deaf = (
        reactor.listenTCP(port, Factory.forProtocol(Deaf), interface="127.0.0.1")
        if listens
        else None
    )
    await house.start()
    began = now()
    seconds = CONNECT_SECONDS if listens else 0

    visit = await house.visit(ami)
    await ami.event("UserEvent", UserEvent="Guard", Extension="100")

    assert seconds <= now() - began < seconds + MARGIN_SECONDS
    await with_the_guard(house, ami, visit, "realtime_unreachable")
    await house.nothing_is_left(ami)
    if listens:
        await deaf.stopListening()


@pytest_twisted.ensureDeferred
async def test_without_agent_and_guard_the_dialplan_takes_the_visitor(
    house: Gatehouse, ami: AmiProbe
) -> None:
    await house.start()
    house.agent_does(agent(), faults=(Fault(FaultKind.HTTP_401, 1),))
    visit = await house.visit(ami, "1002@gate")  # whose guard is busy
    told = await house.fallback(ami, visit)
    assert (told["Status"], told["Reason"]) == ("FAILED", "realtime_unreachable")
    await house.nothing_is_left(ami)


# -- the AMI


class AmiProxy:
    """A way to Asterisk's AMI that can be cut and opened again."""

    def __init__(self, house: Gatehouse) -> None:
        self.port = free_port()
        self._factory = ProxyFactory("127.0.0.1", house.asterisk.ports.ami)
        self._factory.protocol = self._build
        self._servers: list[ProxyServer] = []
        self._listening: Any = None
        house.config["asterisk"]["ami"]["port"] = self.port

    def open(self) -> None:
        self._listening = reactor.listenTCP(self.port, self._factory, interface="127.0.0.1")

    async def cut(self) -> None:
        """Nobody listens any more, and whoever was connected is not."""
        listening, self._listening = self._listening, None
        if listening is not None:
            await listening.stopListening()
        servers, self._servers = self._servers, []
        for server in servers:
            if server.transport.connected:
                server.transport.abortConnection()

    def _build(self) -> ProxyServer:
        self._servers.append(ProxyServer())
        return self._servers[-1]


@pytest_twisted.async_yield_fixture
async def proxy(house: Gatehouse) -> AsyncIterator[AmiProxy]:
    proxy = AmiProxy(house)
    yield proxy
    await proxy.cut()


@pytest_twisted.ensureDeferred
async def test_the_ami_is_down_at_start(house: Gatehouse, ami: AmiProbe, proxy: AmiProxy) -> None:
    await house.start(logged_in=False)
    await house.daemon.logged(rf"AMI at tcp:127.0.0.1:{proxy.port}: .*is Asterisk running")

    told = await house.fallback(ami, await house.visit(ami))
    assert (told["Status"], told["Reason"]) == ("FAILED", "ami_down")

    proxy.open()
    await house.daemon.logged("logged in as portero", patience=5 * AMI_RETRY_SECONDS)
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    await visit.hang_up(ami)
    assert (await house.ended(ami, visit))["Status"] == "HANGUP"
    await house.nothing_is_left(ami)
    await house.daemon.stop()


@pytest_twisted.ensureDeferred
async def test_the_ami_is_lost_in_mid_call(
    house: Gatehouse, ami: AmiProbe, proxy: AmiProxy
) -> None:
    proxy.open()
    await house.start()
    house.agent_does(
        agent(), said(), agent(), said(), agent(), tool("transfer_to_guard", reason="lo pide")
    )
    visit = await house.visit(ami)
    session = await house.greeted(ami, visit)
    await proxy.cut()
    await house.daemon.logged("the session has ended")
    logged = len(house.daemon.log)

    # The call goes on: the visitor is heard and answered.
    await house.until(lambda: len(sent(session, "response.done")) == 2)
    proxy.open()
    await house.daemon.logged("logged in as portero", since=logged)
    await house.listened(ami, visit)

    await with_the_guard(house, ami, visit, "agent_asked")
    await house.nothing_is_left(ami)
    await house.daemon.stop()


@pytest_twisted.ensureDeferred
async def test_a_leg_that_can_not_be_hung_up_is_ended_when_the_ami_is_back(
    house: Gatehouse, ami: AmiProbe, proxy: AmiProxy
) -> None:
    proxy.open()
    await house.start()
    house.agent_does(agent(), said(), agent(), tool("transfer_to_guard", reason="lo pide"))
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    await proxy.cut()
    await house.daemon.logged("hanging up the media leg: ")
    proxy.open()

    await with_the_guard(house, ami, visit, "agent_asked")
    await house.nothing_is_left(ami)
    await house.daemon.stop()


@pytest_twisted.ensureDeferred
async def test_a_wrong_ami_secret_is_one_clear_line(house: Gatehouse, ami: AmiProbe) -> None:
    house.config["asterisk"]["ami"]["password"] = "not-the-secret"
    earlier = len(house.asterisk.log())  # others have been refused before
    await house.start(logged_in=False)
    await house.daemon.logged("check asterisk.ami.username and password")

    told = await house.fallback(ami, await house.visit(ami))
    assert (told["Status"], told["Reason"]) == ("FAILED", "ami_down")
    # As long as Asterisk's own wait after a refusal, and a first retry after any other failure.
    await house.quiet(1 + 2 * AMI_RETRY_SECONDS)
    assert house.daemon.log.count("AMI at ") == 1
    log = house.asterisk.log()[earlier:]
    assert len(re.findall("tried to authenticate|failed to authenticate", log)) == 1
    assert "not-the-secret" not in house.daemon.log
    await house.nothing_is_left(ami)


# -- portero itself


@pytest_twisted.ensureDeferred
async def test_a_second_portero_ends_at_once(house: Gatehouse) -> None:
    await house.start()
    second = spawn_daemon(house.config, house.folder)
    assert await second.ended.addTimeout(PATIENCE, reactor) == 1
    assert re.search(r"portero no puede arrancar: .*Address already in use", second.log)
    assert "Traceback" not in second.log


@pytest_twisted.ensureDeferred
async def test_a_portero_that_was_killed_is_swept_up_by_the_next(
    house: Gatehouse, ami: AmiProbe
) -> None:
    await house.start()
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    (dialled,) = ami.seen("DialBegin", Uniqueid=f"{visit.id}-far")
    leg = dialled["DestChannel"]
    await house.daemon.kill()
    await house.quiet(1)
    assert leg in house.asterisk.cli("core show channels concise")  # nobody has noticed

    await house.start()
    told = await house.fallback(ami, visit)

    await house.daemon.logged(f"hung up {re.escape(leg)}: an earlier run had left it behind")
    assert told["Status"] == ""
    house.agent_does(agent())
    second = await house.visit(ami)
    await house.greeted(ami, second)
    await second.hang_up(ami)
    await house.nothing_is_left(ami, AGI_LOST)


@pytest_twisted.ensureDeferred
async def test_asterisk_ends_a_leg_that_nobody_ends_and_keeps_the_visitor(
    house: Gatehouse, ami: AmiProbe
) -> None:
    """The same ``Dial`` as portero's, with a second in the place of minutes."""
    portero = AgiProbe(house.asterisk.ports.fastagi)
    visit = await house.visit(ami)
    session = await portero.session()
    await session.command("ANSWER")
    dialling = session.command('EXEC "Dial" "UnicastRTP/127.0.0.1:9/c(slin16),10,gS(1)"')
    await ami.event("DialEnd", Uniqueid=f"{visit.id}-far", DialStatus="ANSWER")
    session.drop()
    dialling.addErrback(lambda failure: None)

    assert (await house.fallback(ami, visit))["Status"] == ""
    await portero.close()
    await house.nothing_is_left(ami, AGI_LOST)


@pytest_twisted.ensureDeferred
async def test_every_leg_has_an_end_at_asterisk(house: Gatehouse, ami: AmiProbe) -> None:
    house.config["asterisk"]["max_call_seconds"] = 10
    await house.start()
    visit = await house.visit(ami)
    await house.greeted(ami, visit)

    (dialled,) = ami.seen("DialBegin", Uniqueid=f"{visit.id}-far")
    shown = house.asterisk.cli(f"core show channel {dialled['DestChannel']}")
    end = re.search(r"Time to Hangup: (\d+)", shown)
    begin = re.search(r"UniqueID: .*?(\d+)\.\d+$", shown, re.MULTILINE)  # both in epoch seconds
    assert end is not None, shown
    assert begin is not None, shown
    assert int(end[1]) - int(begin[1]) == pytest.approx(10 + LEG_GRACE_SECONDS, abs=1)
    await visit.hang_up(ami)
    await house.nothing_is_left(ami)


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_a_call_that_lasts_too_long_goes_to_the_guard(
    house: Gatehouse, ami: AmiProbe
) -> None:
    house.config["asterisk"]["max_call_seconds"] = 10
    await house.start()
    house.agent_does(agent(20))
    began = now()
    visit = await house.visit(ami)
    await ami.event("UserEvent", UserEvent="Guard", Extension="100")
    assert 10 <= now() - began < 10 + MARGIN_SECONDS
    await with_the_guard(house, ami, visit, "too_long")
    await house.nothing_is_left(ami)


@pytest_twisted.ensureDeferred
async def test_a_portero_that_is_stopped_hands_its_visitor_over(
    house: Gatehouse, ami: AmiProbe
) -> None:
    await house.start()
    visit = await house.visit(ami, "1002@gate")  # whose guard is busy
    await house.greeted(ami, visit)
    (dialled,) = ami.seen("DialBegin", Uniqueid=f"{visit.id}-far")
    began = now()
    await house.daemon.stop()
    assert now() - began < STOP_SECONDS

    told = await house.fallback(ami, visit)

    assert (told["Status"], told["Reason"]) == ("FAILED", "shutdown")
    assert house.daemon.log.rstrip().endswith("Server Shut Down.")
    assert "did not end in time" not in house.daemon.log
    leg_port = int(re.split("[:-]", dialled["DestChannel"])[1])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", leg_port))
    await house.nothing_is_left(ami, AGI_LOST)


@pytest_twisted.ensureDeferred
async def test_asterisk_restarts_in_mid_call(asterisk: AsteriskServer, house: Gatehouse) -> None:
    first = await log_in(asterisk.ports.ami, "tester", "tester")
    await house.start()
    visit = await house.visit(first)
    await house.greeted(first, visit)
    logged = len(house.daemon.log)

    asterisk.kill()
    asterisk.start()
    await first.lost

    await house.daemon.logged("end: HANGUP", since=logged)
    await house.daemon.logged("logged in as portero", since=logged)
    second = await log_in(asterisk.ports.ami, "tester", "tester")
    house.agent_does(agent())
    visit = await house.visit(second)
    await house.greeted(second, visit)
    await visit.hang_up(second)
    assert (await house.ended(second, visit))["Status"] == "HANGUP"
    await house.nothing_is_left(second)
    await second.close()


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_a_portero_that_takes_no_call_within_two_seconds_is_passed_by(
    house: Gatehouse, ami: AmiProbe
) -> None:
    """Asterisk's own limit: a host that drops packets, or a portero that hangs."""
    with socket.socket() as full, socket.socket() as waiting:
        # Calls of earlier tests may still linger on that port.
        full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        full.bind(("127.0.0.1", house.asterisk.ports.fastagi))
        full.listen(0)  # room for one connection that is not accepted
        waiting.connect(full.getsockname())
        began = now()
        told = await house.fallback(ami, await house.visit(ami))
    assert told["Agi"] == "FAILURE"
    assert 1.9 <= now() - began < 2 + MARGIN_SECONDS
    await house.nothing_is_left(ami, *NO_AGI)


def now() -> float:
    return float(reactor.seconds())
