"""The FastAGI side of the stand-in: ``AGI()`` that calls portero and does its bidding."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol, ITCPTransport
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from portero.simulator.phone_agi import (
    DEAD,
    HANGUP_LINE,
    UNKNOWN,
    Verb,
    expand,
    find_verb,
    result,
    split_words,
)
from portero.simulator.phone_visit import Visit, Why

LINE_BYTES: Final = 8191  # longer ones are cut in two by Asterisk 22
SAMPLE_RATE: Final = 8000  # endpos counts samples of the file


@implementer(IHalfCloseableProtocol)
class AgiSession(LineReceiver):
    """One ``AGI()``: sends the environment, then answers one command after the other."""

    delimiter = b"\n"
    MAX_LENGTH = LINE_BYTES
    transport: ITCPTransport
    _log = Logger()

    def __init__(self, visit: Visit, environment: str, prompts: Mapping[str, float]) -> None:
        self.closed: Deferred[None] = Deferred()
        self._visit = visit
        self._environment = environment
        self._prompts = prompts
        self._lines: deque[str] = deque()
        self._busy = False
        self._owes_hangup = False
        self._open = False

    # -- the connection

    def connectionMade(self) -> None:
        self._open = True
        self._visit.when_dead = self._became_dead
        self.transport.write(self._environment.encode("utf-8", "surrogateescape"))

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._open = False
        self._visit.when_dead = lambda: None
        self.closed.callback(None)

    def drop(self) -> None:
        """Asterisk goes down: no goodbye."""
        self.transport.abortConnection()

    def readConnectionLost(self) -> None:
        """The script has ended: Asterisk says HANGUP once more (AGISIGHUP), then closes."""
        self._send(HANGUP_LINE)
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Asterisk never closes one half."""

    def lineReceived(self, line: bytes) -> None:
        if self._busy:
            self._visit.pipelined += 1
        self._lines.append(line.decode("utf-8", "surrogateescape"))
        self._next()

    def _next(self) -> None:
        if self._busy or not self._lines:
            return
        self._busy = True
        answered = Deferred.fromCoroutine(self._answer(self._lines.popleft()))
        answered.addErrback(self._broken)

    def _broken(self, failure: Failure) -> None:
        self._log.failure("the stand-in failed at an AGI command", failure)
        self.transport.loseConnection()

    async def _answer(self, line: str) -> None:
        reply = await self._reply(line)
        self._visit.commands.append((line, reply))
        self._send(reply)
        self._busy = False
        if self._owes_hangup:
            self._owes_hangup = False
            self._send(HANGUP_LINE)
        self._next()

    def _became_dead(self) -> None:
        """The channel was hung up or moved: HANGUP comes after the reply of what is running."""
        if self._busy:
            self._owes_hangup = True
        else:
            self._send(HANGUP_LINE)

    def _send(self, text: str) -> None:
        if self._open:
            self.transport.write(text.encode("utf-8", "surrogateescape") + b"\n")

    # -- the commands

    async def _reply(self, line: str) -> str:
        words = split_words(line)
        verb = find_verb(words)
        if verb is None:
            return UNKNOWN
        if self._visit.dead and not verb.dead:
            return DEAD
        arguments = words[len(verb.words) :]
        if not verb.fewest <= len(arguments) <= verb.most:
            return verb.usage_error()
        return await self._run(verb, arguments)

    async def _run(self, verb: Verb, arguments: list[str]) -> str:
        return await self._commands[" ".join(verb.words)](self, arguments)

    async def _answer_call(self, arguments: list[str]) -> str:
        self._visit.answer()
        return result(0)

    async def _channel_status(self, arguments: list[str]) -> str:
        channel = self._visit.channel
        if arguments and arguments[0].lower() != channel.name.lower():
            return result(-1)
        return result(int(channel.state))

    async def _get_variable(self, arguments: list[str]) -> str:
        value = self._visit.channel.value(arguments[0])
        return result(0) if value is None else result(1, value)

    async def _get_full_variable(self, arguments: list[str]) -> str:
        return result(1, expand(arguments[0], self._visit.channel.value))

    async def _set_variable(self, arguments: list[str]) -> str:
        name, value = arguments
        self._visit.variables[name] = value
        return result(1)

    async def _set_context(self, arguments: list[str]) -> str:
        self._visit.channel.context = arguments[0]
        return result(0)

    async def _set_extension(self, arguments: list[str]) -> str:
        self._visit.channel.extension = arguments[0]
        return result(0)

    async def _set_priority(self, arguments: list[str]) -> str:
        self._visit.channel.priority = int(arguments[0])
        return result(0)

    async def _set_autohangup(self, arguments: list[str]) -> str:
        self._visit.hang_up_in(float(arguments[0]))
        return result(0)

    async def _hang_up(self, arguments: list[str]) -> str:
        if arguments and arguments[0].lower() != self._visit.channel.name.lower():
            return result(-1)
        self._visit.hang_up()
        return result(1)

    async def _noop(self, arguments: list[str]) -> str:
        return result(0)

    async def _verbose(self, arguments: list[str]) -> str:
        return result(1)

    async def _wait_for_digit(self, arguments: list[str]) -> str:
        why = await self._visit.wait(float(arguments[0]) / 1000)
        if self._visit.channel.ended:
            return result(-1)
        return result(ord(self._visit.digit) if why is Why.DIGIT else 0)

    async def _stream_file(self, arguments: list[str]) -> str:
        seconds = self._prompts.get(arguments[0])
        if seconds is None:
            return "200 result=-1 endpos=0"
        await self._visit.wait(seconds)
        status = -1 if self._visit.channel.ended else 0
        return f"200 result={status} endpos={int(seconds * SAMPLE_RATE)}"

    async def _get_data(self, arguments: list[str]) -> str:
        if arguments[0] not in self._prompts:
            return result(-1)
        await self._visit.wait(float(arguments[1]) / 1000 if arguments[1:] else 2.0)
        return result(-1) if self._visit.channel.ended else result("", "timeout")

    # -- EXEC

    async def _exec(self, arguments: list[str]) -> str:
        application, data = (*arguments, "")[:2]
        run = self._applications.get(application.lower())
        return result(-2) if run is None else result(await run(self, data))

    async def _app_dial(self, data: str) -> int:
        return await self._visit.dial(data)

    async def _app_wait(self, data: str) -> int:
        await self._visit.wait(float(data or 1))
        return self._gone()

    async def _app_answer(self, data: str) -> int:
        self._visit.answer()
        return 0

    async def _app_set(self, data: str) -> int:
        name, _, value = data.partition("=")
        self._visit.variables[name.strip()] = value
        return 0

    async def _app_playback(self, data: str) -> int:
        names = data.split(",")[0].split("&")
        known = [self._prompts[name] for name in names if name in self._prompts]
        self._visit.variables["PLAYBACKSTATUS"] = "SUCCESS" if known else "FAILED"
        for seconds in known:
            await self._visit.wait(seconds)
        return self._gone()

    async def _app_hangup(self, data: str) -> int:
        self._visit.hang_up()
        return -1

    async def _app_nothing(self, data: str) -> int:
        return 0

    def _gone(self) -> int:
        return -1 if self._visit.channel.ended else 0

    _commands: ClassVar[Mapping[str, Callable[[AgiSession, list[str]], Awaitable[str]]]] = {
        "answer": _answer_call,
        "channel status": _channel_status,
        "exec": _exec,
        "get data": _get_data,
        "get full variable": _get_full_variable,
        "get variable": _get_variable,
        "hangup": _hang_up,
        "noop": _noop,
        "set autohangup": _set_autohangup,
        "set context": _set_context,
        "set extension": _set_extension,
        "set priority": _set_priority,
        "set variable": _set_variable,
        "stream file": _stream_file,
        "verbose": _verbose,
        "wait for digit": _wait_for_digit,
    }
    _applications: ClassVar[Mapping[str, Callable[[AgiSession, str], Awaitable[int]]]] = {
        "answer": _app_answer,
        "dial": _app_dial,
        "hangup": _app_hangup,
        "mixmonitor": _app_nothing,
        "noop": _app_nothing,
        "playback": _app_playback,
        "progress": _app_nothing,
        "ringing": _app_nothing,
        "set": _app_set,
        "stopmixmonitor": _app_nothing,
        "verbose": _app_nothing,
        "wait": _app_wait,
    }
