"""The stand-in's AMI server, with Asterisk's permission classes and its exact words.

Source: ``reference/agi-ami-starpy.md`` 1.6, ``reference/freepbx.md`` 1 (classes), and what
Asterisk 22.10.1 answered to the same actions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import randbelow
from typing import ClassVar, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime, ITCPTransport
from twisted.internet.protocol import ServerFactory
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from portero.simulator.phone_channel import NORMAL_CLEARING, Channel, Headers, Switchboard
from portero.simulator.phone_rights import NOT_PLAYED, SUMMARIES, WRITE_CLASSES

BANNER: Final = b"Asterisk Call Manager/11.0.0"
REFUSAL_SECONDS: Final = 1.0  # Asterisk sleeps before it says that a login failed
LOGIN_SECONDS: Final = 30.0  # manager.conf, authtimeout
LINE_BYTES: Final = 1024  # of a line with its end: 1022 of content
HEADERS_MAX: Final = 128


@dataclass(frozen=True, slots=True)
class AMIUser:
    """An AMI user; the classes are the least set that portero asks for."""

    secret: str
    read: frozenset[str] = frozenset({"call", "dtmf"})
    write: frozenset[str] = frozenset({"call", "reporting"})

    def __repr__(self) -> str:
        return f"AMIUser(read={sorted(self.read)}, write={sorted(self.write)})"


class Action:
    """An action as it came: the first value of a header by its name in any case."""

    def __init__(self, headers: Headers) -> None:
        self.headers = headers

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def parse_header(line: bytes) -> tuple[str, str]:
    """``Name: value`` of one line."""
    name, _, value = line.decode("utf-8", "surrogateescape").partition(":")
    return name.strip(), value.strip()


class AMISession(LineReceiver):
    """One connection of an AMI client."""

    delimiter = b"\n"  # Asterisk takes a bare \n as well as \r\n
    MAX_LENGTH = LINE_BYTES
    transport: ITCPTransport

    def __init__(self, factory: AMIServer) -> None:
        self.closed: Deferred[None] = Deferred()
        self._factory = factory
        self._headers: Headers = []
        self._user: AMIUser | None = None
        self._challenge = ""
        self._events = True
        self._unsubscribe: Callable[[], None] | None = None
        self._deadline: IDelayedCall | None = None

    @property
    def logged_in(self) -> bool:
        """Whether this client has proved who it is."""
        return self._user is not None

    def connectionMade(self) -> None:
        self._factory.sessions.add(self)
        self.transport.write(BANNER + b"\r\n")
        self._deadline_is(LOGIN_SECONDS, self.transport.loseConnection)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._factory.sessions.discard(self)
        self.closed.callback(None)
        self._stop_waiting()
        if self._unsubscribe:
            self._unsubscribe()
            self._unsubscribe = None

    def lineReceived(self, line: bytes) -> None:
        line = line.rstrip(b"\r")
        if line:
            self._headers.append(parse_header(line))
            if len(self._headers) > HEADERS_MAX:
                self.transport.loseConnection()
            return
        headers, self._headers = self._headers, []
        if headers:
            self._run(Action(headers))

    def _run(self, action: Action) -> None:
        name = action["Action"]
        if not name:
            self._error(action, "Missing action in request")
        elif name.lower() == "login":
            self._login(action)
        elif name.lower() == "challenge":
            self._give_challenge(action)
        elif self._user is None:
            self._error(action, "Permission denied")
        else:
            self._permitted(name, action, self._user)

    def _permitted(self, name: str, action: Action, user: AMIUser) -> None:
        known = next((known for known in WRITE_CLASSES if known.lower() == name.lower()), None)
        if name.lower() in NOT_PLAYED:
            self._error(action, "Permission denied")
        elif known is None:
            self._error(
                action,
                f"Invalid/unknown command: {name}. "
                "Use Action: ListCommands to show available commands.",
            )
        elif WRITE_CLASSES[known] and not WRITE_CLASSES[known] & user.write:
            self._error(action, "Permission denied")
        else:
            self._actions[known](self, action)

    # -- logging in

    def _give_challenge(self, action: Action) -> None:
        if action["AuthType"].upper() != "MD5":
            self._error(action, "Must specify AuthType")
            return
        self._challenge = str(randbelow(10**9))
        self._success(action, [("Challenge", self._challenge)])

    def _login(self, action: Action) -> None:
        user = self._factory.users.get(action["Username"])
        if user is None or not self._proves(action, user.secret):
            self._deadline_is(REFUSAL_SECONDS, lambda: self._refuse(action))
            return
        self._stop_waiting()
        self._user = user
        self._events = action["Events"].lower() != "off"
        self._success(action, [("Message", "Authentication accepted")])
        if "system" in user.read:
            self._tell("FullyBooted", "system", [("Status", "Fully Booted")])
        if self._unsubscribe is None:
            self._unsubscribe = self._factory.switchboard.subscribe(self._tell)
        self._factory.greet()

    def _proves(self, action: Action, secret: str) -> bool:
        if action["AuthType"].upper() != "MD5":
            return action["Secret"] == secret
        digest = hashlib.md5((self._challenge + secret).encode(), usedforsecurity=False)
        return bool(self._challenge) and action["Key"] == digest.hexdigest()

    def _refuse(self, action: Action) -> None:
        self._error(action, "Authentication failed")
        self.transport.loseConnection()

    def _deadline_is(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_waiting()
        self._deadline = self._factory.clock.callLater(seconds, then)

    def _stop_waiting(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()

    # -- actions

    def _ping(self, action: Action) -> None:
        now = self._factory.clock.seconds()
        self._success(action, [("Ping", "Pong"), ("Timestamp", f"{now:.6f}")])

    def _logoff(self, action: Action) -> None:
        self._respond("Goodbye", action, [("Message", "Thanks for all the fish.")])
        self.transport.loseConnection()

    def _set_events(self, action: Action) -> None:
        self._events = action["EventMask"].lower() not in {"off", "false", "no", "0"}
        self._success(action, [("Events", "On" if self._events else "Off")])

    def _list_commands(self, action: Action) -> None:
        write = self._user.write if self._user else frozenset()
        allowed = [name for name, any_of in WRITE_CLASSES.items() if not any_of or any_of & write]
        self._success(action, [(name, self._summary(name)) for name in allowed])

    def _summary(self, name: str) -> str:
        classes = ",".join([*sorted(WRITE_CLASSES[name]), "all"]) if WRITE_CLASSES[name] else ""
        return f"{SUMMARIES[name]}  (Priv: {classes or '<none>'})"

    def _get_variable(self, action: Action) -> None:
        variable = action["Variable"]
        if not variable:
            self._error(action, "No variable specified")
            return
        channel = self._channel(action) if action["Channel"] else None
        if action["Channel"] and channel is None:
            self._error(action, "No such channel")
            return
        value = channel.value(variable) if channel else self._factory.globals.get(variable)
        self._success(action, [("Variable", variable), ("Value", value or "")])

    def _set_variable(self, action: Action) -> None:
        channel = self._channel(action) if action["Channel"] else None
        if not action["Variable"]:
            self._error(action, "No variable specified")
        elif action["Channel"] and channel is None:
            self._error(action, "No such channel")
        else:
            variables = channel.variables if channel else self._factory.globals
            variables[action["Variable"]] = action["Value"]
            self._success(action, [("Message", "Variable Set")])

    def _hang_up(self, action: Action) -> None:
        if not action["Channel"]:
            self._error(action, "No channel specified")
            return
        channel = self._channel(action)
        if channel is None:
            self._error(action, "No such channel")
            return
        self._success(action, [("Message", "Channel Hungup")])
        # Asterisk fills the cause in where two channels were joined, and only there.
        unsaid = NORMAL_CLEARING if channel.application == "AppDial" else 0
        self._factory.switchboard.hang_up(channel, int(action["Cause"] or unsaid))

    def _redirect(self, action: Action) -> None:
        if not action["Channel"]:
            self._error(action, "Channel not specified")
            return
        channel = self._channel(action)
        if channel is None:
            self._error(action, f"Channel does not exist: {action['Channel']}")
            return
        self._success(action, [("Message", "Redirect successful")])
        priority = int(action["Priority"] or 1)
        self._factory.switchboard.move(channel, action["Context"], action["Exten"], priority)

    def _originate(self, action: Action) -> None:
        self._success(action, [("Message", "Originate successfully queued")])
        answered = self._factory.originate(action["Channel"])
        self._factory.switchboard.tell(
            "OriginateResponse",
            "call",
            [
                *([("ActionID", action["ActionID"])] if action["ActionID"] else []),
                ("Response", "Success" if answered else "Failure"),
                ("Channel", action["Channel"]),
                ("Context", action["Context"]),
                ("Exten", action["Exten"]),
                ("Reason", "4" if answered else "0"),
            ],
        )

    def _show_channels(self, action: Action) -> None:
        events = ("CoreShowChannel", "CoreShowChannelsComplete")
        self._list(action, events, "Channels will follow", self._shown)

    def _status(self, action: Action) -> None:
        wanted = self._channel(action)
        if action["Channel"] and wanted is None:
            self._error(action, "No such channel")
            return
        events = ("Status", "StatusComplete")
        self._list(action, events, "Channel status will follow", Channel.headers, wanted)

    def _shown(self, channel: Channel) -> Headers:
        lasted = int(self._factory.clock.seconds() - channel.created)
        clock = f"{lasted // 3600:02}:{lasted // 60 % 60:02}:{lasted % 60:02}"
        return [
            *channel.headers(),
            ("Application", channel.application),
            ("ApplicationData", channel.data),
            ("Duration", clock),
            ("BridgeId", ""),
        ]

    def _list(
        self,
        action: Action,
        events: tuple[str, str],
        message: str,
        show: Callable[[Channel], Headers],
        only: Channel | None = None,
    ) -> None:
        each, last = events
        self._success(action, [("EventList", "start"), ("Message", message)])
        identity = [("ActionID", action["ActionID"])] if action["ActionID"] else []
        channels = [only] if only else list(self._factory.switchboard)
        for channel in channels:
            self._send([("Event", each), *identity, *show(channel)])
        end = [("EventList", "Complete"), ("ListItems", str(len(channels)))]
        self._send([("Event", last), *identity, *end])

    _actions: ClassVar[Mapping[str, Callable[[AMISession, Action], None]]] = {
        "CoreShowChannels": _show_channels,
        "Events": _set_events,
        "Getvar": _get_variable,
        "Hangup": _hang_up,
        "ListCommands": _list_commands,
        "Logoff": _logoff,
        "Originate": _originate,
        "Ping": _ping,
        "Redirect": _redirect,
        "Setvar": _set_variable,
        "Status": _status,
    }

    # -- out

    def _channel(self, action: Action) -> Channel | None:
        return self._factory.switchboard.find(action["Channel"])

    def _success(self, action: Action, headers: Headers) -> None:
        self._respond("Success", action, headers)

    def _error(self, action: Action, message: str) -> None:
        self._respond("Error", action, [("Message", message)])

    def _respond(self, response: str, action: Action, headers: Headers) -> None:
        identity = [("ActionID", action["ActionID"])] if action["ActionID"] else []
        self._send([("Response", response), *identity, *headers])

    def _tell(self, name: str, privilege: str, headers: Headers) -> None:
        if self._events and self._user and privilege in self._user.read:
            self._send([("Event", name), ("Privilege", f"{privilege},all"), *headers])

    def _send(self, headers: Headers) -> None:
        text = "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
        self.transport.write(text.encode("utf-8", "surrogateescape"))


class AMIServer(ServerFactory):
    """Where AMI clients connect; ``users`` may be changed while it runs.

    ``originate`` rings a channel by name and says whether it answered.
    """

    noisy = False

    def __init__(
        self,
        switchboard: Switchboard,
        users: Mapping[str, AMIUser],
        clock: IReactorTime,
        originate: Callable[[str], bool] = lambda channel: False,
    ) -> None:
        self.switchboard = switchboard
        self.users = dict(users)
        self.clock = clock
        self.originate = originate
        self.globals: dict[str, str] = {}
        self.sessions: set[AMISession] = set()
        self._waiting: list[Deferred[None]] = []

    def buildProtocol(self, addr: object) -> AMISession:
        return AMISession(self)

    def someone(self) -> Deferred[None]:
        """Fires when a client is logged in, at once if one is."""
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        self.greet()
        return waiting

    def greet(self) -> None:
        """Somebody may have logged in: tell those who wait for it."""
        if any(session.logged_in for session in self.sessions):
            waiting, self._waiting = self._waiting, []
            for deferred in waiting:
                deferred.callback(None)

    async def drop_all(self) -> None:
        """Cut every connection, as a restarted Asterisk does; returns when all are gone."""
        for session in list(self.sessions):
            closed = session.closed
            session.transport.abortConnection()
            await closed
