"""One media leg, from Dial to its end: the visitor talks with the agent."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from portero.asterisk.error import AGICommandFailure
from portero.asterisk.fastagi import FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.call.agent import Agent
from portero.call.calllog import CallLog
from portero.call.leg import Leg
from portero.call.outcome import Broken, Ending, VisitorGone
from portero.call.recording import Recording
from portero.errors import NoRoom
from portero.limits import LEG_SECONDS, SOUND_FIGURES_SECONDS
from portero.media import MediaService, MediaStream


class Talk:
    """Dials a leg, lends its stream to the agent, and ends it.

    `end` is told how it ended where that was not us: the first word counts (`Call.end`).
    `dialled` is told of the stream, whose figures somebody keeps.
    """

    def __init__(
        self,
        agi: FastAGIProtocol,
        manager: ManagerService,
        media: MediaService,
        agent: Agent,
        end: Callable[[Ending], None],
        *,
        unique_id: str,
        max_seconds: float,
        clock: IReactorTime,
        log: CallLog,
        recording: Recording,
        dialled: Callable[[MediaStream], None],
    ) -> None:
        self._agi = agi
        self._manager = manager
        self._media = media
        self._agent = agent
        self._end = end
        self._unique_id = unique_id
        self._max_seconds = max_seconds
        self._clock = clock
        self._log = log
        self._recording = recording
        self._dialled = dialled
        self._linking: Deferred[None] = succeed(None)

    async def run(self, ended: Deferred[None]) -> None:
        """Talk until `ended` fires; then the leg is let go."""
        try:
            stream = self._media.open(self._agent.append, on_cut=self._agent.cut)
        except NoRoom as error:
            self._log.error("no media leg: {error}", error=error)
            self._end(Broken("no_media_port"))
            return
        leg = Leg(
            self._agi,
            self._manager,
            stream,
            unique_id=self._unique_id,
            max_seconds=self._max_seconds,
            recording=self._recording,
            dialling=lambda: self._dialling(stream),
            log=self._log,
        )
        stream.lost().addCallback(lambda _: Deferred.fromCoroutine(leg.hang_up()))
        self._agent.attach(stream)
        dialing = Deferred.fromCoroutine(self._stay_on(leg))
        figures = LoopingCall(self._log_figures, stream)
        figures.clock = self._clock
        figures.start(SOUND_FIGURES_SECONDS, now=False)
        try:
            await ended
            self._linking.cancel()
            self._agent.detach()
            await leg.hang_up()
            await dialing
        finally:
            figures.stop()
            self._log_figures(stream)
            stream.close()

    def _dialling(self, stream: MediaStream) -> None:
        self._linking = stream.connected().addTimeout(LEG_SECONDS, self._clock)
        self._linking.addErrback(self._leg_late)
        self._dialled(stream)

    async def _stay_on(self, leg: Leg) -> None:
        """Until the leg has ended, whoever ended it; if that was nobody here, so has the talk."""
        try:
            visitor_there = await leg.run()
        except AGICommandFailure as error:
            self._log.debug("Dial of the media leg: {error}", error=error)
            self._end(VisitorGone("channel_gone"))
        else:
            self._end(Broken("leg_ended") if visitor_there else VisitorGone())

    def _log_figures(self, stream: MediaStream) -> None:
        self._log.debug(
            "sound: {stats}, {n} barge-ins", stats=stream.stats, n=self._agent.barge_ins
        )

    def _leg_late(self, failure: Failure) -> None:
        if failure.check(PatienceLost):
            self._log.error("no sound from Asterisk within {s} s of Dial", s=LEG_SECONDS)
            self._end(Broken("no_media_leg"))
