"""FastAGI: Asterisk connects, and is told what to do with the call (StarPy's interface).

factory = FastAGIFactory(main, reactor=reactor, allowed_networks=["127.0.0.0/8"],
                         scripts=["portero"])
reactor.listenTCP(4574, factory, interface="127.0.0.1")
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from portero.asterisk import agiresults
from portero.asterisk.agicommands import AGICommands
from portero.asterisk.agiwire import (
    AGIEvent,
    AGIParser,
    Environment,
    Hangup,
    Reply,
    Unreadable,
    encode_command,
    encode_line,
)
from portero.asterisk.error import (
    RESULT_FAILURE,
    AGICommandFailure,
    AGIDesync,
    AGIDisconnected,
    AGIHangup,
    AGITimeout,
)
from portero.asterisk.networks import Networks
from portero.asterisk.sequence import InSequence
from portero.limits import (
    AGI_CLOSE_SECONDS,
    AGI_COMMAND_SECONDS,
    AGI_ENVIRONMENT_SECONDS,
    AGI_LAST_WORD_SECONDS,
    AGI_QUEUED_COMMANDS,
    AGI_SESSIONS,
)
from portero.waiting import Happening, Waiters

__all__ = ["FastAGIFactory", "FastAGIProtocol", "InSequence"]

MainFunction = Callable[["FastAGIProtocol"], Any]

_STRANGER = "; if this is not your Asterisk, see asterisk.fastagi.allow and interface"

# No fault of a main function: the caller is gone, or the reason has been logged already.
_SESSION_OVER = (AGIHangup, AGIDisconnected, AGIDesync, AGITimeout)


@dataclass(slots=True)
class _Command:
    """A command that waits for its turn, and then for its reply.

    `name` is what may be logged: the verb without its arguments.
    """

    name: str
    line: bytes
    seconds: float | None
    reply: Deferred[Reply] = field(init=False)

    def settle(self, outcome: Reply | AGICommandFailure) -> None:
        """Tell who asked, unless that has been cancelled."""
        if self.reply.called:
            return
        if isinstance(outcome, Reply):
            self.reply.callback(outcome)
        else:
            self.reply.errback(outcome)


class FastAGIProtocol(AGICommands, Protocol):
    """One session of a call with us.

    Asterisk reads no second command before it has answered the first (agi-ami-starpy.md, F7): one
    is in flight, the others wait. A line that answers nothing, and a command that is not answered
    in time, end the session: a dropped call is better than the answer to another question.

    `variables`: what Asterisk says of the call, `agi_…` to text. `hung_up`: the channel is dead;
    variables and the database still answer.
    """

    _log = Logger()
    transport: ITCPTransport

    def __init__(self, owner: FastAGIFactory, clock: IReactorTime) -> None:
        self._owner = owner
        self.variables: dict[str, str] = {}
        self.hung_up = False
        self._clock = clock
        self._parser = AGIParser()
        self._queue: deque[_Command] = deque()
        self._in_flight: _Command | None = None
        self._deadline: IDelayedCall | None = None
        self._finishing = False
        self._hangup = Happening()
        self._close = Happening()

    # -- for the owner

    def onClose(self) -> Deferred[None]:
        """Fires with None once the session is over; any number of callers."""
        return self._close.wait()

    def onHangup(self) -> Deferred[None]:
        """Fires with None once the channel has hung up or the session is over."""
        return self._hangup.wait()

    def finish(self) -> None:
        """End the session, so that the dialplan goes on; calling it again does nothing."""
        if not self._finishing:
            self._finishing = True
            self._set_deadline(AGI_CLOSE_SECONDS, self.abort)
            self.transport.loseConnection()

    def abort(self) -> None:
        """Drop the connection at once."""
        self._finishing = True
        self.transport.abortConnection()

    def command(
        self, verb: str, *arguments: object, seconds: float | None = AGI_COMMAND_SECONDS
    ) -> Deferred[Reply]:
        """Queue a command; fires with its reply, a 200, or fails with an AGICommandFailure.

        Raises ValueError, before anything is queued, for arguments that can't be sent. `seconds`
        count from when it is sent; None: Asterisk may take for ever, as with `Dial`.
        """
        line = encode_command(verb, *map(str, arguments))
        return self._enqueue(_Command(verb, line, seconds))

    def sendCommand(
        self, commandString: str, seconds: float | None = AGI_COMMAND_SECONDS
    ) -> Deferred[str]:
        """Send a line that is quoted already; fires with all that follows `200 result=`."""
        line = encode_line(commandString.rstrip("\r\n"))
        command = _Command(commandString.split()[0], line, seconds)
        return self._enqueue(command).addCallback(agiresults.as_text)

    def wait(self, duration: float) -> Deferred[int]:
        """Fires with 0 after `duration` seconds; Asterisk hears nothing of it."""
        waiting: Deferred[int] = Deferred(lambda _: timer.cancel())
        timer = self._clock.callLater(duration, waiting.callback, 0)
        return waiting

    def jumpOnError(
        self,
        reason: Failure,
        difference: int = 100,
        forErrors: type[Exception] | tuple[type[Exception], ...] | None = None,
    ) -> Deferred[list[Any]]:
        """An errback: go on in the dialplan `difference` priorities after the one of `AGI()`."""
        if forErrors is not None:
            reason.trap(*(forErrors if isinstance(forErrors, tuple) else (forErrors,)))
        sequence = InSequence()
        sequence.append(self.setContext, self.variables["agi_context"])
        sequence.append(self.setExtension, self.variables["agi_extension"])
        sequence.append(self.setPriority, int(self.variables["agi_priority"]) + difference)
        sequence.append(self.finish)
        return sequence()

    # -- for Twisted

    def connectionMade(self) -> None:
        """Asterisk is there; it says first what the call is."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
        late = AGITimeout(RESULT_FAILURE, "no complete AGI environment came")
        self._set_deadline(AGI_ENVIRONMENT_SECONDS, self._drop, late)

    def dataReceived(self, data: bytes) -> None:
        """Some bytes of the session."""
        for event in self._parser.feed(data):
            self._receive(event)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The session is over; everybody who waits is told."""
        self._stop_deadline()
        self._finishing = True
        if self.hung_up:
            self._fail_all(AGIHangup, "the channel hung up")
        else:
            self._fail_all(AGIDisconnected, "the AGI session ended")
        self._owner.session_ended(self)
        self._hangup.fire()
        self._close.fire()

    # -- what comes

    def _receive(self, event: AGIEvent) -> None:
        match event:
            case Reply():
                self._replied(event)
            case Hangup():
                self.hung_up = True
                self._hangup.fire()
            case Environment(variables):
                self._stop_deadline()
                self.variables = variables
                self._owner.session_started(self)
            case Unreadable(why):
                self._drop(AGIDesync(RESULT_FAILURE, why))

    def _replied(self, reply: Reply) -> None:
        command, self._in_flight = self._in_flight, None
        if command is None:  # dropped in the meantime
            return
        self._stop_deadline()
        command.settle(agiresults.judged(command.name, reply))
        self._send_next()

    # -- what goes

    def _enqueue(self, command: _Command) -> Deferred[Reply]:
        command.reply = Deferred(lambda _: self._withdraw(command))
        if self._finishing:
            why = f"{command.name}: the AGI session is over"
            command.settle(AGIDisconnected(RESULT_FAILURE, why))
        elif len(self._queue) >= AGI_QUEUED_COMMANDS:
            why = f"{command.name}: too many commands wait"
            command.settle(AGICommandFailure(RESULT_FAILURE, why))
        else:
            self._queue.append(command)
            self._send_next()
        return command.reply

    def _withdraw(self, command: _Command) -> None:
        """Nobody wants it any more; one in flight keeps its place until its reply comes."""
        if command in self._queue:
            self._queue.remove(command)

    def _send_next(self) -> None:
        if self._in_flight is not None or not self._queue or self._finishing:
            return
        command = self._in_flight = self._queue.popleft()
        lost = self._parser.expect(command.line)
        if lost is not None:
            self._receive(lost)
            return
        if command.seconds is not None:
            late = AGITimeout(RESULT_FAILURE, f"no reply within {command.seconds:g} s")
            self._set_deadline(command.seconds, self._drop, late)
        self.transport.write(command.line)

    # -- how it ends

    def _drop(self, error: AGICommandFailure) -> None:
        """Asterisk and we have lost each other: end the session, and tell everybody why."""
        if self._finishing:  # what comes after the end has no reader
            self.abort()
            return
        why = error.text if self.variables else error.text + _STRANGER
        where = self.transport.getPeer()
        text = "FastAGI from {where.host}:{where.port} dropped: {agi}: {why}"
        self._log.warn(text, where=where, agi=self, why=why)
        self._stop_deadline()
        self.abort()
        self._fail_all(type(error), error.text)

    def _fail_all(self, kind: type[AGICommandFailure], why: str) -> None:
        waiting = [self._in_flight] if self._in_flight else []
        waiting += self._queue
        self._in_flight = None
        self._queue.clear()
        for command in waiting:
            command.settle(kind(RESULT_FAILURE, f"{command.name}: {why}"))

    def _set_deadline(self, seconds: float, function: Callable[..., None], *args: object) -> None:
        self._stop_deadline()
        self._deadline = self._clock.callLater(seconds, function, *args)

    def _stop_deadline(self) -> None:
        deadline, self._deadline = self._deadline, None
        if deadline is not None and deadline.active():
            deadline.cancel()

    def __repr__(self) -> str:
        return f"<AGI {self.variables.get('agi_channel', 'without environment')}>"


class FastAGIFactory(Factory):
    """Answers Asterisk, and runs `mainFunction(agi)` for each call.

    `mainFunction` may return None (then it calls `agi.finish()` some time), or a Deferred or
    coroutine, whose end ends the session. FastAGI has no authentication, so that peers outside
    `allowed_networks` are hung up on; and a script (the path of the `agi://` address) that is not
    in `scripts` belongs to somebody else, such as FreePBX (freepbx.md 3).
    """

    _log = Logger()
    noisy = False

    def __init__(
        self,
        mainFunction: MainFunction,
        *,
        reactor: IReactorTime,
        allowed_networks: Iterable[str | IPv4Network | IPv6Network],
        scripts: Collection[str],
    ) -> None:
        self.mainFunction = mainFunction
        self.sessions: set[FastAGIProtocol] = set()
        self._clock = reactor
        self._networks = Networks(allowed_networks)
        self._scripts = frozenset(script.strip("/") for script in scripts)
        self._empty = Waiters()

    def when_empty(self) -> Deferred[None]:
        """Fires with None when no session is open, at once if there is none."""
        empty = self._empty.wait()
        self._tell_empty()
        return empty

    def abort(self) -> None:
        """Drop every session that is still open."""
        for agi in tuple(self.sessions):
            agi.abort()

    # -- for Twisted and the sessions

    def buildProtocol(self, addr: IAddress | None) -> FastAGIProtocol | None:
        """A session with a peer that may have one."""
        host = getattr(addr, "host", "")
        if host not in self._networks:
            self._log.warn(
                "FastAGI: {host} refused: if it is your Asterisk, add it to asterisk.fastagi.allow",
                host=host,
            )
            return None
        if len(self.sessions) >= AGI_SESSIONS:
            self._log.error("FastAGI: {n} sessions are open; refused one more", n=AGI_SESSIONS)
            return None
        agi = FastAGIProtocol(self, self._clock)
        agi.factory = self
        self.sessions.add(agi)
        return agi

    def session_started(self, agi: FastAGIProtocol) -> None:
        """The environment is complete: run the main function, if the call is meant for it."""
        script = agi.variables.get("agi_network_script", "").partition("?")[0].strip("/")
        if script not in self._scripts:
            self._log.warn(
                "FastAGI: {script!r} is not asterisk.fastagi.script; see AGI() in the dialplan",
                script=script,
            )
            agi.finish()
            return
        Deferred.fromCoroutine(self._run(agi))

    def session_ended(self, agi: FastAGIProtocol) -> None:
        """The connection is closed."""
        self.sessions.discard(agi)
        self._tell_empty()

    def _tell_empty(self) -> None:
        if not self.sessions:
            self._empty.fire()

    async def _run(self, agi: FastAGIProtocol) -> None:
        try:
            running = self.mainFunction(agi)
            if running is None:
                return
            await running
        except _SESSION_OVER as error:
            self._log.info("{agi}: {error}", agi=agi, error=error)
        except Exception:
            self._log.failure("the main function of {agi} failed", agi=agi)
            await self._tell_failure(agi)
        agi.finish()

    async def _tell_failure(self, agi: FastAGIProtocol) -> None:
        """Let the dialplan know, if the channel lives and listens."""
        if agi.hung_up:
            return
        telling = agi.setVariable("PORTERO_STATUS", "FAILED")
        try:
            await telling.addTimeout(AGI_LAST_WORD_SECONDS, self._clock)
        except (AGICommandFailure, PatienceLost) as error:
            self._log.debug("{agi}: PORTERO_STATUS was not set: {error}", agi=agi, error=error)
