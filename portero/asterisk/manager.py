"""AMI: one session with Asterisk's manager (StarPy's interface), and how to get one.

`ManagerService` (managerservice.py) keeps a session for as long as the daemon runs.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.interfaces import IDelayedCall, IReactorTime, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from portero.asterisk.amiactions import AMIActions, StarPyMessage, split_message
from portero.asterisk.amianswers import Answer, Listening, OneResponse
from portero.asterisk.amiendpoint import tls_failure
from portero.asterisk.amievents import AMIEvents
from portero.asterisk.amiwire import (
    AMIParser,
    Banner,
    BannerError,
    Event,
    Header,
    Message,
    WireError,
    challenge_key,
    encode_action,
)
from portero.asterisk.error import (
    AMIBadBanner,
    AMICommandFailure,
    AMIDisconnected,
    AMILoginRefused,
    AMITimeout,
)
from portero.limits import (
    AMI_ACTIONS_IN_FLIGHT,
    AMI_LOGIN_SECONDS,
    AMI_LOGOFF_SECONDS,
    AMI_PING_SECONDS,
    AMI_PINGS_MISSED,
    AMI_RESPONSE_SECONDS,
)
from portero.waiting import Happening

__all__ = ["AMIFactory", "AMIProtocol", "Message"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in, and how; `events`: the classes of events that are wanted."""

    username: str
    secret: str = field(repr=False)
    plaintext: bool = False
    events: str | None = None


@dataclass(slots=True)
class _InFlight:
    """An action that was sent, and what will be its answer."""

    name: str
    answer: Answer[Any]
    result: Deferred[Any]
    deadline: IDelayedCall

    def settle(self, outcome: object) -> None:
        """Tell who asked, unless that has been cancelled."""
        if self.deadline.active():
            self.deadline.cancel()
        if self.result.called:
            return
        if isinstance(outcome, AMICommandFailure):
            self.result.errback(outcome)
        else:
            self.result.callback(outcome)


class AMIProtocol(AMIActions, AMIEvents, Protocol):
    """One session. It logs in by itself once the banner has shown that this is Asterisk.

    Actions may overlap: each has an id of its own. What is in flight when the session ends fails
    with AMIDisconnected and is not sent again: an Originate could ring twice.

    `amiVersion`: from the banner, '' before it. `id`: the factory's, as in StarPy.
    """

    _log = Logger()
    transport: ITCPTransport

    def __init__(self, login: Login, clock: IReactorTime) -> None:
        super().__init__()
        self.amiVersion = ""
        self.id: object = None
        self._login = login
        self._clock = clock
        self._parser = AMIParser()
        self._in_flight: dict[str, _InFlight] = {}
        self._timer: IDelayedCall | None = None
        self._silent_pings = 0
        self._logged_in = False
        self._connected = False
        self._reason: AMICommandFailure = AMIDisconnected("there is no AMI session")
        self._login_waiter: Deferred[AMIProtocol] | None = None
        self._close = Happening()

    # -- for the owner

    def when_logged_in(self) -> Deferred[AMIProtocol]:
        """Fires with the session once it is logged in, or fails with why it never will be.

        For whoever connected it: call it once, after connecting. Cancelling ends the session.
        """
        waiter: Deferred[AMIProtocol] = Deferred(lambda _: self.abort())
        self._login_waiter = waiter
        self._tell_login()
        return waiter

    def onClose(self) -> Deferred[None]:
        """Fires with None once the session is over; any number of callers."""
        return self._close.wait()

    def close(self) -> Deferred[None]:
        """Log off if logged in, then end the connection; fires when it is gone."""
        if self._logged_in and self._connected:
            self._logged_in = False
            self._set_timer(AMI_LOGOFF_SECONDS, self._hang_up)
            self.logoff().addBoth(lambda _: self._hang_up())
        elif self._connected:
            self._hang_up()
        return self.onClose()

    def abort(self) -> None:
        """Drop the connection at once."""
        if self._connected:
            self.transport.abortConnection()

    def ask(
        self,
        name: str,
        headers: Iterable[Header],
        answer: Answer[T],
        *,
        seconds: float = AMI_RESPONSE_SECONDS,
    ) -> Deferred[T]:
        """See AMIActions."""
        return self._send(self.generateActionId(), name, headers, answer, seconds)

    def generateActionId(self) -> str:
        """An id that no other action has."""
        return secrets.token_hex(8)

    def sendMessage(
        self,
        message: StarPyMessage,
        responseCallback: Callable[[Message], object] = lambda message: None,
    ) -> str:
        """Send a message, and hand each message of its answer to the callback; the action's id."""
        name, headers = split_message(message)
        given = [str(value) for header, value in headers if header.lower() == "actionid"]
        action_id = given[0] if given else self.generateActionId()
        rest = [pair for pair in headers if pair[0].lower() != "actionid"]
        listening = Listening(partial(self._tell, name, responseCallback))
        sent = self._send(action_id, name, rest, listening, AMI_RESPONSE_SECONDS)
        sent.addErrback(self._unanswered, name)
        return action_id

    def userEvent(self, event: str, **headers: object) -> str:
        """Send an event of our own to all who listen; the action's id, as in StarPy."""
        return self.sendMessage([("Action", "UserEvent"), ("UserEvent", event), *headers.items()])

    def login(self) -> Deferred[Message]:
        """Log in with the secret as it is (done by itself after the banner)."""
        return self._log_in(Secret=self._login.secret)

    async def _answer_challenge(self) -> Message:
        challenge = await self.action("Challenge", AuthType="MD5")
        key = challenge_key(challenge.get("challenge", ""), self._login.secret)
        return await self._log_in(AuthType="MD5", Key=key)

    def loginChallengeResponse(self) -> Deferred[Message]:
        """Log in with the answer to a challenge (done by itself after the banner)."""
        return Deferred.fromCoroutine(self._answer_challenge())

    def logoff(self) -> Deferred[Message]:
        """Say goodbye; Asterisk closes the connection then."""
        return self.ask("Logoff", (), OneResponse("Goodbye"))

    # -- for Twisted

    def connectionMade(self) -> None:
        """TCP, and TLS if there is, are up: the banner comes next."""
        self._connected = True
        late = AMITimeout("no AMI login was possible in time")
        self._set_timer(AMI_LOGIN_SECONDS, self._give_up, late)

    def dataReceived(self, data: bytes) -> None:
        """Some bytes of the session."""
        self._silent_pings = 0
        try:
            for message in self._parser.feed(data):
                self._receive(message)
        except BannerError as error:
            self._give_up(AMIBadBanner(f"this is not the Asterisk Manager: {error}"))
        except WireError as error:
            self._give_up(AMICommandFailure(str(error)))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The session is over; everybody who waits is told at once."""
        self._connected = self._logged_in = False
        self._stop_timer()
        if isinstance(self._reason, AMIDisconnected):
            lost = AMIDisconnected(f"connection lost: {reason.getErrorMessage()}")
            self._reason = (None if self.amiVersion else tls_failure(reason)) or lost
        in_flight, self._in_flight = self._in_flight, {}
        for action in in_flight.values():
            action.settle(AMIDisconnected(f"{action.name}: {self._reason}"))
        self._tell_login()
        self._close.fire()

    # -- logging in

    def _greeted(self, banner: Banner) -> None:
        self.amiVersion = str(banner)
        login = self.login if self._login.plaintext else self.loginChallengeResponse
        login().addCallbacks(self._welcome, self._refused)

    def _log_in(self, **proof: str) -> Deferred[Message]:
        login = self._login
        return self.action("Login", Username=login.username, Events=login.events, **proof)

    def _welcome(self, _: Message) -> None:
        self._logged_in = True
        self._set_timer(AMI_PING_SECONDS, self._keep_alive)
        self._tell_login()

    def _refused(self, failure: Failure) -> None:
        error = failure.trap(AMICommandFailure) and failure.value
        if isinstance(error, AMITimeout):
            self._give_up(error)
        elif not isinstance(error, AMIDisconnected):
            response = getattr(error, "response", None)
            self._give_up(AMILoginRefused(f"login of {self._login.username!r}: {error}", response))

    def _tell_login(self) -> None:
        """Settle the login's waiter, as soon as there is one and it is known how it went."""
        waiter = self._login_waiter
        if waiter is None or waiter.called:
            return
        if self._logged_in:
            waiter.callback(self)
        elif not self._connected:
            waiter.errback(self._reason)

    # -- messages

    def _send(
        self,
        action_id: str,
        name: str,
        headers: Iterable[Header],
        answer: Answer[Any],
        seconds: float,
    ) -> Deferred[Any]:
        encoded = encode_action(name, action_id, headers)
        result: Deferred[Any] = Deferred(lambda _: self._forget(action_id))
        if not self._connected:
            result.errback(AMIDisconnected(f"{name}: {self._reason}"))
        elif len(self._in_flight) >= AMI_ACTIONS_IN_FLIGHT:
            result.errback(AMICommandFailure(f"{name}: too many AMI actions wait for an answer"))
        else:
            deadline = self._clock.callLater(seconds, self._late, action_id, seconds)
            self._in_flight[action_id] = _InFlight(name, answer, result, deadline)
            self.transport.write(encoded)
        return result

    def _receive(self, message: Banner | Message) -> None:
        if isinstance(message, Banner):
            self._greeted(message)
            return
        action = self._in_flight.get(message.get("actionid", ""))
        if action is not None:
            self._answered(action, message)
        if isinstance(message, Event):
            self.dispatch(message)

    def _answered(self, action: _InFlight, message: Message) -> None:
        try:
            outcome = action.answer.receive(message)
        except AMICommandFailure as error:
            outcome = type(error)(f"{action.name}: {error}", error.response)
        if outcome is not None:
            del self._in_flight[message["actionid"]]
            action.settle(outcome)

    def _late(self, action_id: str, seconds: float) -> None:
        action = self._in_flight.pop(action_id)
        action.settle(AMITimeout(f"{action.name}: no answer within {seconds:g} s"))

    def _forget(self, action_id: str) -> None:
        """Nobody wants that answer any more."""
        action = self._in_flight.pop(action_id, None)
        if action is not None:
            action.deadline.cancel()

    def _tell(self, name: str, callback: Callable[[Message], object], message: Message) -> None:
        """As with events: a callback that fails must not end the session of all who use it."""
        try:
            callback(message)
        except Exception:
            self._log.failure("the callback of the AMI action {name} failed", name=name)

    def _unanswered(self, failure: Failure, name: str) -> None:
        self._log.debug("{name}: {error}", name=name, error=failure.value)

    # -- its own timer: login, then pings, then logging off

    def _keep_alive(self) -> None:
        """Anything that Asterisk sends proves it alive; a ping makes it send something."""
        if self._silent_pings >= AMI_PINGS_MISSED:
            self._give_up(AMITimeout(f"{AMI_PINGS_MISSED} pings without an answer"))
            return
        self._silent_pings += 1
        self._set_timer(AMI_PING_SECONDS, self._keep_alive)
        self.ping().addErrback(self._unanswered, "Ping")

    def _give_up(self, error: AMICommandFailure) -> None:
        """End the session for this reason."""
        self._reason = error
        self._stop_timer()
        self.abort()

    def _hang_up(self) -> None:
        if self._connected:
            self._set_timer(AMI_LOGOFF_SECONDS, self.abort)
            self.transport.loseConnection()

    def _set_timer(self, seconds: float, function: Callable[..., None], *args: object) -> None:
        self._stop_timer()
        self._timer = self._clock.callLater(seconds, function, *args)

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()


class AMIFactory(Factory):
    """Sessions for one AMI user."""

    noisy = False

    def __init__(
        self,
        username: str,
        secret: str,
        id: object = None,
        plaintext_login: bool = True,
        *,
        reactor: Any,
        events: str | None = None,
    ) -> None:
        # What can't be sent is refused here, not when the first session logs in.
        encode_action("Login", "", [("Username", username), ("Secret", secret)])
        self.username = username
        self.id = id
        self._login = Login(username, secret, plaintext=plaintext_login, events=events)
        self._reactor = reactor

    def buildProtocol(self, addr: object) -> AMIProtocol:
        """A session that logs in once it is connected."""
        ami = AMIProtocol(self._login, self._reactor)
        ami.factory = self
        ami.id = self.id
        return ami

    def login(
        self,
        ip: str = "localhost",
        port: int = 5038,
        timeout: int = 5,
        bindAddress: tuple[str, int] | None = None,
    ) -> Deferred[AMIProtocol]:
        """Connect once; fires with a session that is logged in, and never reconnects."""
        endpoint = TCP4ClientEndpoint(self._reactor, ip, port, timeout, bindAddress)
        return endpoint.connect(self).addCallback(partial(AMIProtocol.when_logged_in))
