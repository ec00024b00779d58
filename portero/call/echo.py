"""A call of ours, to ourselves: does sound go to Asterisk and come back?"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from portero.asterisk.error import AGICommandFailure, AMICommandFailure, AMIPermissionDenied
from portero.asterisk.fastagi import FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.call.calllog import CallLog
from portero.call.leg import Leg
from portero.errors import NoRoom
from portero.limits import (
    ECHO_CALL_SECONDS,
    ECHO_LISTEN_SECONDS,
    ECHO_TONE_SECONDS,
    LEG_SECONDS,
)
from portero.media import MediaService
from portero.media.echo import CHIRP_SECONDS, Comparison, chirp, compare
from portero.waiting import Happening

SCRIPT: Final = "portero-doctor"
"""The AGI script, and the context, of [portero-doctor] in etc/asterisk/extensions_portero.conf."""

NOTHING: Final = Comparison(heard=False)


@dataclass(frozen=True, slots=True)
class EchoResult:
    """What came of it.

    outcome: done; no_call (Asterisk made the call, or nobody could, and no AGI session came);
    failed (`why`: Asterisk refused); no_port; no_leg (Dial came to nothing); busy (another test).
    originated: ami, or nobody: then somebody else has to (`asterisk -rx`). frames_in: what came
    over the leg, also of the tone that Asterisk plays at last; sound: how like ours it came back.
    """

    outcome: str
    originated: str = "ami"
    why: str = ""
    frames_in: int = 0
    frames_lost: int = 0
    sound: Comparison = NOTHING

    def as_json(self) -> dict[str, Any]:
        """For the control socket."""
        return asdict(self)


class EchoTest:
    """Has Asterisk call `test` of the context and join it with `echo`; one at a time."""

    _log = Logger()

    def __init__(
        self, manager: ManagerService, media: MediaService, *, clock: IReactorTime
    ) -> None:
        self._manager = manager
        self._media = media
        self._clock = clock
        self._expected: Deferred[EchoResult] | None = None

    async def run(self) -> EchoResult:
        """Make the call and wait for what comes back, ECHO_CALL_SECONDS at most.

        Where the AMI user may not originate, somebody else has as long to make the call.
        """
        if self._expected is not None:
            return EchoResult("busy", "nobody")
        self._expected = Deferred()
        try:
            return await self._run(self._expected)
        finally:  # who asked may hang up at any moment
            self._expected = None

    async def _run(self, done: Deferred[EchoResult]) -> EchoResult:
        originated = "ami"
        try:
            await self._originate()
        except AMIPermissionDenied:
            originated = "nobody"
        except AMICommandFailure as error:
            return EchoResult("failed", "nobody", str(error))
        try:
            result = await done.addTimeout(ECHO_CALL_SECONDS, self._clock)
        except PatienceLost:
            result = EchoResult("no_call")
        return replace(result, originated=originated)

    async def answered(self, agi: FastAGIProtocol) -> None:
        """The session of such a call; one that nobody has asked for is let go."""
        expected = self._expected
        try:
            if expected is None or expected.called:
                await agi.hangup()
            else:
                result = await self._listen(agi)
                if not expected.called:
                    expected.callback(result)
        except AGICommandFailure as error:
            self._log.info("echo test: the call has ended: {error}", error=error)
            if expected is not None and not expected.called:
                expected.callback(EchoResult("no_leg", why=str(error)))
        finally:
            agi.finish()

    async def _originate(self) -> None:
        await self._manager.originate(
            f"Local/test@{SCRIPT}/n", context=SCRIPT, exten="echo", priority=1, nowait=True
        )

    async def _listen(self, agi: FastAGIProtocol) -> EchoResult:
        """Send the sound, and gather what comes from that moment on."""
        heard: list[bytes] = []
        try:
            stream = self._media.open(heard.append)
        except NoRoom as error:
            return EchoResult("no_port", why=str(error))
        leg = Leg(
            agi,
            self._manager,
            stream,
            unique_id=agi.variables.get("agi_uniqueid", ""),
            max_seconds=ECHO_CALL_SECONDS,
            log=CallLog(SCRIPT, ""),
        )
        gone = Happening()
        dialling = Deferred.fromCoroutine(leg.run())
        dialling.addErrback(lambda failure: failure.trap(AGICommandFailure))
        dialling.addBoth(lambda _: gone.fire())
        try:
            await stream.connected().addTimeout(LEG_SECONDS, self._clock)
            stream.start_uplink()
            stream.play(SCRIPT, chirp(self._media.session))
            stream.end_item(SCRIPT)
            await deferLater(self._clock, CHIRP_SECONDS + ECHO_LISTEN_SECONDS)
            if not stream.stats.frames_in:
                await deferLater(self._clock, ECHO_TONE_SECONDS)
                heard.clear()  # of the tone it only counts whether it came
        except PatienceLost:
            return EchoResult("no_leg")
        finally:
            stats = stream.stats
            await leg.hang_up()
            await gone.wait()
        comparison = compare(self._media.session, b"".join(heard))
        return EchoResult("done", "ami", "", stats.frames_in, stats.lost, comparison)
