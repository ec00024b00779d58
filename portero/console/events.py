"""What happens in calls, as lines of JSON: a stream that never waits for its reader."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.web.server import Request
from zope.interface import implementer

from portero.feed import Feed, Happened
from portero.limits import CONSOLE_HEARTBEAT_SECONDS, CONSOLE_LINES_WAITING


@implementer(IPushProducer)
class EventStream:
    """One reader: it gets a line for each event, an empty one when it begins and as heartbeat.

    What a slow reader has not taken waits; more than `CONSOLE_LINES_WAITING` lines cut it off.
    `wanted`: only events of calls whose id begins so.
    """

    log = Logger()

    def __init__(self, request: Request, feed: Feed, wanted: str, clock: Any) -> None:
        self._request = request
        self._feed = feed
        self._wanted = wanted
        self._clock = clock
        self._waiting: deque[bytes] | None = None  # None: the connection takes what comes
        self._over: Deferred[None] = Deferred()

    async def run(self) -> None:
        """Write until the reader is gone or `close` is called."""
        self._request.setHeader(b"content-type", b"application/x-ndjson; charset=utf-8")
        self._request.registerProducer(self, True)
        heart = LoopingCall(self._write, b"\n")
        heart.clock = self._clock
        heart.start(CONSOLE_HEARTBEAT_SECONDS)
        unsubscribe = self._feed.subscribe(self._happened)
        try:
            await self._over
        finally:  # klein cancels us when the reader hangs up
            unsubscribe()
            heart.stop()
            if self._request.channel is not None:  # Twisted takes it away when the reader is gone
                self._request.unregisterProducer()

    def close(self) -> None:
        """End the answer."""
        if not self._over.called:
            self._over.callback(None)

    def _happened(self, happened: Happened) -> None:
        if str(happened.get("call", "")).startswith(self._wanted):
            line = json.dumps(happened, ensure_ascii=False, separators=(",", ":"), default=str)
            self._write(line.encode("utf-8", "replace") + b"\n")

    def _write(self, line: bytes) -> None:
        if self._waiting is None:
            self._request.write(line)
        elif len(self._waiting) < CONSOLE_LINES_WAITING:
            self._waiting.append(line)
        elif not self._over.called:
            self.log.info("console: a reader of events did not read, and was cut off")
            self._request.channel.forceAbortClient()
            self.close()

    def pauseProducing(self) -> None:
        """The connection is full."""
        if self._waiting is None:
            self._waiting = deque()

    def resumeProducing(self) -> None:
        """It has room again: what waited goes first, until it is full again."""
        waiting, self._waiting = self._waiting or deque(), None
        while waiting:
            self._write(waiting.popleft())

    def stopProducing(self) -> None:
        """The connection is gone; klein ends `run`."""
