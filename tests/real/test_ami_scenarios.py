"""`portero.asterisk.manager` on a real Asterisk: asterisk/testsuite's scenarios, and our own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest
import pytest_twisted

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from portero.asterisk.error import AMICommandFailure, AMILoginRefused, AMIPermissionDenied
from portero.asterisk.manager import AMIFactory, AMIProtocol
from portero.asterisk.managerservice import ManagerService

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .visit import originate_visit

pytestmark = pytest.mark.real

PATIENCE = 15.0
PORTERO = ("portero", "change-this-secret")
TESTER = ("tester", "tester")


def session(asterisk: AsteriskServer, username: str, secret: str) -> Deferred[AMIProtocol]:
    factory = AMIFactory(username, secret, plaintext_login=False, reactor=_reactor())
    return factory.login("127.0.0.1", asterisk.ports.ami)


@pytest_twisted.async_yield_fixture
async def portero(asterisk: AsteriskServer, ami: AmiProbe) -> AsyncIterator[AMIProtocol]:
    """A session of ours, with the rights of the sample file."""
    manager = await session(asterisk, *PORTERO)
    yield manager
    await manager.logoff()


@pytest_twisted.async_yield_fixture
async def tester(asterisk: AsteriskServer, ami: AmiProbe) -> AsyncIterator[AMIProtocol]:
    """A session of ours with all rights."""
    manager = await session(asterisk, *TESTER)
    yield manager
    await manager.logoff()


@pytest_twisted.ensureDeferred
async def test_login_and_logoff(portero: AMIProtocol) -> None:
    assert (await portero.ping())["response"] == "Success"


@pytest.mark.parametrize(
    ("username", "secret"),
    [("portero", "wrong"), ("nobody", "x"), ("outsider", "right-secret")],
    ids=["secret", "user", "acl"],
)
@pytest_twisted.ensureDeferred
async def test_a_login_is_refused(
    asterisk: AsteriskServer, ami: AmiProbe, username: str, secret: str
) -> None:
    with pytest.raises(AMILoginRefused) as refused:
        await session(asterisk, username, secret)
    assert secret not in str(refused.value) + repr(refused.value)


@pytest_twisted.ensureDeferred
async def test_an_action_without_its_class_is_refused(portero: AMIProtocol) -> None:
    with pytest.raises(AMIPermissionDenied):
        await portero.command("core show version")


@pytest.mark.parametrize("mask", ["off", "on", "call", "call,dtmf", "system"])
@pytest_twisted.ensureDeferred
async def test_events_answers_every_mask(portero: AMIProtocol, mask: str) -> None:
    answer = await portero.events(mask)
    assert answer["response"] == "Success"


@pytest_twisted.ensureDeferred
async def test_shell_is_not_to_be_had_by_getvar(portero: AMIProtocol) -> None:
    with suppress(AMICommandFailure):  # refused outright: as good
        assert await portero.getVar(None, "SHELL(echo open)") == ""


@pytest_twisted.ensureDeferred
async def test_a_value_can_not_forge_a_header(
    asterisk: AsteriskServer, ami: AmiProbe, portero: AMIProtocol
) -> None:
    visit = await originate_visit(asterisk, ami, "echo@probe")
    with pytest.raises(ValueError):
        await portero.setVar(visit.channel, "X", "1\r\nAction: Hangup")
    for value in ["one two", 'ñ; , | "quoted" 100 %', "a: b"]:
        await portero.setVar(visit.channel, "X", value)
        assert await portero.getVar(visit.channel, "X") == value


@pytest_twisted.ensureDeferred
async def test_originate_answered_and_not(tester: AMIProtocol) -> None:
    event = await tester.originate("Local/100@guards", application="Wait", data="1", timeout=5)
    assert event["response"] == "Success"
    with pytest.raises(AMICommandFailure):
        await tester.originate("Local/102@guards", application="Wait", data="1", timeout=5)


@pytest_twisted.ensureDeferred
async def test_redirect_moves_the_visitor(
    asterisk: AsteriskServer, ami: AmiProbe, portero: AMIProtocol
) -> None:
    visit = await originate_visit(asterisk, ami, "echo@probe")
    await ami.event("Newexten", Uniqueid=f"{visit.id}-far", Application="Echo")
    await portero.redirect(visit.far_channel, "guards", "100", 1)
    moved = await ami.event("UserEvent", UserEvent="Guard", Uniqueid=f"{visit.id}-far")
    assert moved["Did"] == "answer"


@pytest_twisted.ensureDeferred
async def test_status_and_channels(
    asterisk: AsteriskServer, ami: AmiProbe, portero: AMIProtocol
) -> None:
    visit = await originate_visit(asterisk, ami, "echo@probe")
    shown = await portero.status(visit.far_channel)
    (only,) = [event for event in shown if event.get("event") == "Status"]
    assert only["uniqueid"] == f"{visit.id}-far"
    listed = {event.get("channel") for event in await portero.coreShowChannels()}
    assert {visit.channel, visit.far_channel} <= listed
    with pytest.raises(AMICommandFailure):
        await portero.status("Local/nobody")


@pytest_twisted.ensureDeferred
async def test_user_events_need_their_class(portero: AMIProtocol, tester: AMIProtocol) -> None:
    heard: Deferred[Any] = Deferred()
    tester.registerEvent("UserEvent", lambda _, event: heard.callback(event))
    tester.userEvent("Hello", From="tester, with: signs")
    event = await heard.addTimeout(PATIENCE, _reactor())
    assert event["from"] == "tester, with: signs"
    with pytest.raises(AMIPermissionDenied):
        await portero.action("UserEvent", UserEvent="Hello")


@pytest_twisted.ensureDeferred
async def test_keys_of_the_visitor_are_heard(
    asterisk: AsteriskServer, ami: AmiProbe, portero: AMIProtocol
) -> None:
    pressed: Deferred[Any] = Deferred()
    portero.registerEvent("DTMFEnd", once(pressed))
    visit = await originate_visit(asterisk, ami, "echo@probe", digits="7")
    event = await pressed.addTimeout(PATIENCE, _reactor())
    assert (event["digit"], event["uniqueid"]) == ("7", f"{visit.id}-far")


@pytest_twisted.ensureDeferred
async def test_the_service_survives_a_restart_of_asterisk(asterisk: AsteriskServer) -> None:
    endpoint = f"tcp:127.0.0.1:{asterisk.ports.ami}"
    service = ManagerService(endpoint, *PORTERO, reactor=_reactor())
    service.startService()
    try:
        await service.whenReady().addTimeout(PATIENCE, _reactor())
        asterisk.kill()
        with pytest.raises(AMICommandFailure):
            await service.ping()
        await deferLater(_reactor(), 0)  # the loss is told to all in one turn of the reactor
        assert not service.connected
        asterisk.start()
        await service.whenReady().addTimeout(PATIENCE, _reactor())
        assert (await service.ping())["response"] == "Success"
    finally:
        await service.stopService()


def once(deferred: Deferred[Any]) -> Callable[[object, Any], None]:
    def handle(_manager: object, event: Any) -> None:
        if not deferred.called:
            deferred.callback(event)

    return handle


def _reactor() -> Any:
    return reactor
