"""The media leg inside Asterisk: one ``Dial()`` from its start to its end."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from portero.asterisk.amiwire import Message
from portero.asterisk.error import AGICommandFailure, AMICommandFailure
from portero.asterisk.fastagi import FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.call.calllog import CallLog
from portero.call.recording import Recording
from portero.limits import DIAL_SECONDS, LEG_GRACE_SECONDS
from portero.media import MediaStream


async def visitor_there(agi: FastAGIProtocol) -> bool:
    """Whether the visitor's channel lives.

    After a Redirect, and on a dead channel, ``EXEC Dial`` answers as if all were well; the status
    of the channel does not.
    """
    try:
        await agi.channelStatus()
    except AGICommandFailure:
        return False
    return not agi.hung_up


class Leg:
    """Dials the media leg for a stream, tells the stream where Asterisk listens, and hangs it up.

    The leg is joined to the visitor's channel by ``Dial`` with ``g``, so that the visitor outlives
    the leg; ``S`` ends it if nobody else does, so that a visitor whose portero died goes on in
    the dialplan (reference/asterisk.md, "Ends").
    """

    def __init__(
        self,
        agi: FastAGIProtocol,
        manager: ManagerService,
        stream: MediaStream,
        *,
        unique_id: str,
        max_seconds: float,
        log: CallLog,
        recording: Recording | None = None,
        dialling: Callable[[], None] = lambda: None,
    ) -> None:
        """`dialling` is called when all is ready for Dial."""
        self._agi = agi
        self._manager = manager
        self._stream = stream
        self._unique_id = unique_id
        self._options = f"gS({max_seconds + LEG_GRACE_SECONDS:.0f})"
        self._recording = recording
        self._dialling = dialling
        self._log = log
        self._channel = ""
        self._over = False
        self._unwanted = False

    async def run(self) -> bool:
        """Answer, dial, and return when the leg has ended: True while the visitor is still there.

        The stream takes the agent's sound meanwhile: answering may take 500 ms (asterisk.md), and
        a notice that the call is recorded some seconds.
        """
        self._manager.registerEvent("DialBegin", self._dial_begun)
        try:
            await self._agi.answer()
            if self._recording is not None:
                await self._recording.announce()
            if self._unwanted:
                return await visitor_there(self._agi)
            if self._recording is not None:
                await self._recording.begin()
            self._dialling()
            result = await self._agi.execute(
                "Dial", self._stream.dial_string, DIAL_SECONDS, self._options, comma_delimiter=True
            )
        finally:
            self._over = True
            self._manager.deregisterEvent("DialBegin", self._dial_begun)
        if result.strip() == "-1" or not await visitor_there(self._agi):
            return False
        if self._recording is not None:
            await self._recording.end()
        return True

    async def hang_up(self) -> None:
        """End the leg; ``run`` returns when Asterisk has let go of it."""
        self._unwanted = True
        self._stream.close()
        if self._over or not self._stream.needs_remote:  # AudioSocket ends with its connection
            return
        try:
            await self._manager.hangup(self._channel or await self._find_channel())
        except AMICommandFailure as error:
            # Gone already, not there yet (then its DialBegin ends it), or the AMI is away (then
            # the sweep after its next login does).
            self._log.debug("hanging up the media leg: {error}", error=error)

    async def _find_channel(self) -> str:
        """The leg's channel where no event has told it."""
        address = self._stream.dial_string.partition("/c(")[0]
        for channel in await self._manager.coreShowChannels():
            if channel["channel"].startswith(f"{address}-"):
                return channel["channel"]
        raise AMICommandFailure(f"no channel to {address}")

    def _dial_begun(self, _manager: object, event: Message) -> None:
        if event.get("uniqueid") != self._unique_id:
            return
        self._channel = event["destchannel"]
        if self._unwanted:
            Deferred.fromCoroutine(self.hang_up())
        elif self._stream.needs_remote:
            Deferred.fromCoroutine(self._find_remote()).addErrback(self._no_remote)

    async def _find_remote(self) -> None:
        """Ask where Asterisk listens: it tells before anything is heard (asterisk.md)."""
        host = await self._manager.getVar(self._channel, "UNICASTRTP_LOCAL_ADDRESS")
        port = await self._manager.getVar(self._channel, "UNICASTRTP_LOCAL_PORT")
        self._stream.set_remote(host, int(port))

    def _no_remote(self, failure: Failure) -> None:
        if self._unwanted or self._over:  # the leg was let go while we asked
            return
        # The stream stays without a remote: the call's own deadline for the leg deals with it.
        self._log.warn(
            "{channel}: Asterisk did not tell its RTP port ({failure}); "
            "does the AMI user have write=call,reporting?",
            channel=self._channel,
            failure=failure.value,
        )
