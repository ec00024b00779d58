"""The stand-in device's event stream: an endless multipart answer, with heartbeats."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from twisted.internet.task import LoopingCall
from twisted.web.server import NOT_DONE_YET, Request

from portero.simulator import hikvision_answers as answers

HEARTBEAT_SECONDS: Final = 10.0


class AlertStream:
    """Sends the same to all who read it. ``silent``: it is open, and sends nothing."""

    def __init__(self, reactor: Any, own_time: Callable[[], datetime]) -> None:
        self.silent = False
        self._own_time = own_time
        self._readers: list[Request] = []
        self._heart = LoopingCall(self._beat)
        self._heart.clock = reactor

    def open(self, request: Request) -> Any:
        """Answer a request with the stream."""
        request.setHeader("content-type", 'multipart/mixed; boundary="boundary"')
        self._readers.append(request)
        request.notifyFinish().addErrback(lambda _: self._left(request))
        if not self._heart.running:
            self._heart.start(HEARTBEAT_SECONDS)
        return NOT_DONE_YET

    def send(self, document: bytes) -> None:
        """Send a part."""
        for request in () if self.silent else self._readers:
            request.write(
                b"--boundary\r\nContent-Type: application/xml; charset=UTF-8\r\n"
                b"Content-Length: %d\r\n\r\n%s\r\n" % (len(document), document)
            )

    def drop(self) -> None:
        """End it for all who read it."""
        if self._heart.running:
            self._heart.stop()
        readers, self._readers = self._readers, []
        for request in readers:
            request.finish()

    def _beat(self) -> None:
        self.send(answers.heartbeat(self._own_time()))

    def _left(self, request: Request) -> None:
        if request in self._readers:
            self._readers.remove(request)
        if not self._readers and self._heart.running:
            self._heart.stop()
