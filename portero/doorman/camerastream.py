"""A camera's stream of events: opened again whenever it ends or falls silent."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import RequestTransmissionFailed, ResponseFailed

from portero.doorman.devices import HikvisionDevice
from portero.doorman.isapistream import Parts, PartTooLong, boundary_of
from portero.errors import PorteroError
from portero.limits import CAMERA_SILENCE_SECONDS

_PATH = "/ISAPI/Event/notification/alertStream"
_FAILED = (ConnectError, ResponseFailed, RequestTransmissionFailed)


class StreamEnded(PorteroError):
    """The stream is over, or there is none; its text is why."""


async def read_stream(
    device: HikvisionDevice, clock: IReactorTime, seconds: float, part: Callable[[bytes], None]
) -> None:
    """Hand each part of the event stream to `part`; always ends with an error.

    seconds: for the head of the answer. Raises StreamEnded, DeviceLocked, RequestFailed.
    """
    opening = Deferred.fromCoroutine(device.stream(_PATH))
    late = Failure(StreamEnded("did not open its event stream in time"))
    try:
        response = await opening.addTimeout(seconds, clock, lambda _, __: late)
    except _FAILED as failure:
        raise StreamEnded(f"can't be reached ({type(failure).__name__})") from None
    types = response.headers.getRawHeaders(b"Content-Type", [b""])
    boundary = boundary_of(types[-1].decode("latin-1"))
    reader = _Reader(clock, Parts(boundary or b""), part)
    response.deliverBody(reader)
    if response.code != 200 or boundary is None:
        reader.end(f"has no event stream here (HTTP {response.code})")
    await reader.ended


class _Reader(Protocol):
    """Reads the body until it ends, is no multipart, or is silent for three heartbeats."""

    def __init__(self, clock: IReactorTime, parts: Parts, part: Callable[[bytes], None]) -> None:
        self.ended: Deferred[None] = Deferred(lambda _: self._drop())
        self._parts = parts
        self._part = part
        self._silence = clock.callLater(CAMERA_SILENCE_SECONDS, self.end, "has fallen silent")

    def dataReceived(self, data: bytes) -> None:
        if self.ended.called:
            return
        self._silence.reset(CAMERA_SILENCE_SECONDS)
        try:
            for part in self._parts.feed(data):
                self._part(part)
        except PartTooLong as error:
            self.end(f"sends no events that can be read: {error}")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.end("ended its event stream")

    def end(self, why: str) -> None:
        """Stop reading, for this reason."""
        if not self.ended.called:
            self._drop()
            self.ended.errback(StreamEnded(why))

    def _drop(self) -> None:
        if self._silence.active():
            self._silence.cancel()
        if self.transport is not None:
            self.transport.loseConnection()
