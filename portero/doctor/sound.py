"""The doctor's test call: sound goes to Asterisk and comes back, or it says where it was lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.task import deferLater

from portero.asterisk.error import AMITimeout
from portero.asterisk.fastagi import FastAGIFactory
from portero.asterisk.managerservice import ManagerService
from portero.call.echo import SCRIPT, EchoTest
from portero.config.problems import printable
from portero.doctor.ami import LOGIN
from portero.doctor.around import Look
from portero.doctor.bench import Bench
from portero.doctor.dialplan import ADDRESS, CONTEXT, exists
from portero.doctor.findings import Finding, Level
from portero.doctor.modules import MODULES
from portero.doctor.ports import FASTAGI, REACH
from portero.doctor.rights import allowed_actions
from portero.errors import PorteroError
from portero.limits import (
    DOCTOR_CALL_AFTER_SECONDS,
    DOCTOR_ECHO_DELAY_RED_MS,
    DOCTOR_ECHO_DELAY_YELLOW_MS,
    DOCTOR_ECHO_LEVEL_DB,
    DOCTOR_ECHO_LIKENESS,
    DOCTOR_ECHO_LOST_RED,
    DOCTOR_ECHO_LOST_YELLOW,
    DOCTOR_LOGIN_SECONDS,
)
from portero.media import MediaService

ECHO: Final = "media.echo"

_CONSOLE_CALL: Final = f"channel originate Local/test@{SCRIPT}/n extension echo@{SCRIPT}"
_OUTCOMES: Final = {
    "no_call": ("doctor_echo_no_call", "doctor_cure_echo_no_call"),
    "failed": ("doctor_echo_failed", "doctor_cure_echo_failed"),
    "no_port": ("doctor_echo_no_port", "doctor_cure_ports_few"),
    "no_leg": ("doctor_echo_no_leg", "doctor_cure_echo_no_leg"),
    "busy": ("doctor_echo_busy", "doctor_cure_echo_busy"),
}


async def look_at_echo(bench: Bench) -> list[Finding]:
    """By the daemon's own ports if one runs, else by ports that are opened for the test."""
    if not await exists(bench, SCRIPT, "test"):
        return [Finding(ECHO, Level.SKIPPED, "doctor_skipped", {"because": CONTEXT})]
    by_hand = "originate" not in await allowed_actions(bench)
    if by_hand and await bench.ask_console("core show version") is None:
        cure = "doctor_cure_echo_nobody"
        return [Finding(ECHO, Level.YELLOW, "doctor_echo_nobody", {}, cure)]
    if bench.denied:
        values = {"why": bench.denied}
        return [Finding(ECHO, Level.YELLOW, "doctor_echo_denied", values, "doctor_cure_root")]
    try:
        if bench.daemon is None:
            told = await _standing_in(bench, by_hand)
        else:
            told = await _called(bench, bench.daemon_echo, by_hand)
    except PorteroError as error:
        values = {"why": printable(error)}
        return [Finding(ECHO, Level.RED, "doctor_echo_failed", values, "doctor_cure_echo_failed")]
    return judge(told)


def judge(told: Mapping[str, Any]) -> list[Finding]:
    """What `EchoResult.as_json` means; all that is wrong, each by itself."""
    sound: Mapping[str, Any] = told.get("sound") or {}
    values: dict[str, Any] = {
        "why": printable(told.get("why") or "-"),
        "level_db": sound.get("level_db", 0.0),
        "delay_ms": sound.get("delay_ms", 0.0),
        "lost": f"{float(sound.get('lost', 0)):.1%}",
        "likeness": sound.get("likeness", 0.0),
        "frames_in": told.get("frames_in", 0),
    }
    outcome = str(told.get("outcome"))
    if outcome != "done":
        word, cure = _OUTCOMES.get(outcome, _OUTCOMES["failed"])
        return [Finding(ECHO, Level.RED, word, values, cure)]
    if not sound.get("heard"):
        silent = values["frames_in"] == 0
        word = "doctor_echo_nothing" if silent else "doctor_echo_silent"
        cure = "doctor_cure_echo_nothing" if silent else "doctor_cure_echo_silent"
        return [Finding(ECHO, Level.RED, word, values, cure)]
    found = [Finding(ECHO, level, word, values, cure) for level, word, cure in _faults(sound)]
    return found or [Finding(ECHO, Level.GREEN, "doctor_echo_ok", values)]


def _faults(sound: Mapping[str, Any]) -> list[tuple[Level, str, str]]:
    lost, delay = float(sound["lost"]), float(sound["delay_ms"])
    if float(sound["likeness"]) < DOCTOR_ECHO_LIKENESS and lost < DOCTOR_ECHO_LOST_RED:
        return [(Level.RED, "doctor_echo_garbled", "doctor_cure_echo_garbled")]
    faults = []
    if abs(float(sound["level_db"])) > DOCTOR_ECHO_LEVEL_DB:
        faults.append((Level.YELLOW, "doctor_echo_level", "doctor_cure_echo_level"))
    if delay > DOCTOR_ECHO_DELAY_YELLOW_MS:
        level = Level.RED if delay > DOCTOR_ECHO_DELAY_RED_MS else Level.YELLOW
        faults.append((level, "doctor_echo_delay", "doctor_cure_echo_delay"))
    if lost > DOCTOR_ECHO_LOST_YELLOW:
        level = Level.RED if lost > DOCTOR_ECHO_LOST_RED else Level.YELLOW
        faults.append((level, "doctor_echo_lost", "doctor_cure_echo_lost"))
    return faults


async def _called(
    bench: Bench, run: Callable[[], Awaitable[Mapping[str, Any]]], by_hand: bool
) -> Mapping[str, Any]:
    """The test, and the call that it waits for where its AMI user may make none."""
    if not by_hand:
        return await run()
    calling: Deferred[Any] = deferLater(bench.reactor, DOCTOR_CALL_AFTER_SECONDS)
    calling.addCallback(lambda _: Deferred.fromCoroutine(bench.ask_console(_CONSOLE_CALL)))
    try:
        return await run()
    finally:
        calling.addErrback(lambda failure: failure.trap(CancelledError))
        calling.cancel()


async def _standing_in(bench: Bench, by_hand: bool) -> Mapping[str, Any]:
    """No daemon runs: the doctor listens where it would."""
    settings, reactor = bench.settings, bench.reactor
    ami, fastagi = settings.asterisk.ami, settings.asterisk.fastagi
    manager = ManagerService(
        f"{'tls' if ami.tls else 'tcp'}:{ami.host}:{ami.port}",
        ami.username,
        ami.password.get_secret_value(),
        plaintext_login=ami.plaintext_login,
        reactor=reactor,
    )
    media = MediaService(settings.media, reactor=reactor)
    test = EchoTest(manager, media, clock=reactor)
    agi = FastAGIFactory(
        test.answered, reactor=reactor, allowed_networks=fastagi.allow, scripts=(SCRIPT,)
    )
    port = reactor.listenTCP(fastagi.port, agi, interface=fastagi.interface)
    media.startService()
    manager.startService()

    async def run() -> Mapping[str, Any]:
        return (await test.run()).as_json()

    try:
        await manager.whenReady().addTimeout(DOCTOR_LOGIN_SECONDS, reactor)
        return await _called(bench, run, by_hand)
    except PatienceLost:
        late = f"AMI: not logged in within {DOCTOR_LOGIN_SECONDS:.0f} s"
        raise AMITimeout(late) from None
    finally:
        await maybeDeferred(port.stopListening)
        agi.abort()
        await agi.when_empty()
        await manager.stopService()
        await media.stopService()


LOOKS: Final = (Look(ECHO, look_at_echo, (LOGIN, MODULES, CONTEXT, ADDRESS, FASTAGI, REACH)),)
