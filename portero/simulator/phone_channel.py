"""The stand-in's channels and what it tells about them: the heart of a very small Asterisk.

The field names and their order are those of Asterisk 22.10.1, as its AMI sent them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count

from twisted.internet.interfaces import IReactorTime

Headers = list[tuple[str, str]]
Teller = Callable[[str, str, Headers], None]


class State(IntEnum):
    """Of a channel, as in ``ChannelState`` and in the reply to CHANNEL STATUS."""

    DOWN = 0
    RING = 4
    RINGING = 5
    UP = 6


NORMAL_CLEARING = 16
CAUSES = {0: "Unknown", 16: "Normal Clearing", 17: "User busy", 32: "Normal, unspecified"}


@dataclass(eq=False, slots=True)
class Channel:
    """One channel; ``when_ended`` and ``when_moved`` are for whoever runs it."""

    name: str
    unique_id: str
    linked_id: str
    created: float
    caller_number: str = ""
    caller_name: str = ""
    context: str = "default"
    extension: str = "s"
    priority: int = 1
    language: str = "en"
    state: State = State.DOWN
    application: str = ""
    data: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    ended: bool = False
    when_ended: Callable[[], None] = lambda: None
    when_moved: Callable[[], None] = lambda: None

    def headers(self, prefix: str = "") -> Headers:
        """The fields that every event about a channel has."""
        described = [
            ("Channel", self.name),
            ("ChannelState", str(int(self.state))),
            ("ChannelStateDesc", self.state.name.capitalize()),
            ("CallerIDNum", self.caller_number or "<unknown>"),
            ("CallerIDName", self.caller_name or "<unknown>"),
            ("ConnectedLineNum", "<unknown>"),
            ("ConnectedLineName", "<unknown>"),
            ("Language", self.language),
            ("AccountCode", ""),
            ("Context", self.context),
            ("Exten", self.extension),
            ("Priority", str(self.priority)),
            ("Uniqueid", self.unique_id),
            ("Linkedid", self.linked_id),
        ]
        return [(prefix + name, value) for name, value in described]

    def value(self, expression: str) -> str | None:
        """A variable, or one of the functions that are read most; None if it isn't set."""
        built_in = {
            "CHANNEL": self.name,
            "CHANNEL(name)": self.name,
            "CHANNEL(state)": self.state.name.capitalize(),
            "CHANNEL(language)": self.language,
            "UNIQUEID": self.unique_id,
            "CONTEXT": self.context,
            "EXTEN": self.extension,
            "PRIORITY": str(self.priority),
            "CALLERID(num)": self.caller_number,
            "CALLERID(name)": self.caller_name,
        }
        return self.variables.get(expression, built_in.get(expression))


class Switchboard:
    """All channels there are, and the ears of those who want to hear of them."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._numbers = count()
        self._channels: dict[str, Channel] = {}
        self._tellers: list[Teller] = []

    def __iter__(self) -> Iterator[Channel]:
        return iter(list(self._channels.values()))

    def find(self, name: str) -> Channel | None:
        """The channel of that name, in whatever case it is written."""
        return self._channels.get(name.lower())

    def open(self, name: str, *, linked_to: Channel | None = None) -> Channel:
        """A new channel; ``{}`` in its name becomes a number of its own."""
        number = next(self._numbers)
        now = self._clock.seconds()
        unique_id = f"{int(now)}.{number}"
        channel = Channel(
            name=name.format(f"{number:08x}"),
            unique_id=unique_id,
            linked_id=linked_to.linked_id if linked_to else unique_id,
            created=now,
        )
        self._channels[channel.name.lower()] = channel
        return channel

    def announce(self, channel: Channel) -> None:
        """Tell of a new channel, once whoever opened it has filled it in."""
        self.tell("Newchannel", "call", channel.headers())

    def hang_up(self, channel: Channel, cause: int = NORMAL_CLEARING) -> None:
        """End a channel; a second time does nothing."""
        if channel.ended:
            return
        channel.ended = True
        self._channels.pop(channel.name.lower(), None)
        reason = [("Cause", str(cause)), ("Cause-txt", CAUSES.get(cause, "Unknown"))]
        self.tell("Hangup", "call", channel.headers() + reason)
        channel.when_ended()

    def move(self, channel: Channel, context: str, extension: str, priority: int) -> None:
        """Send a channel elsewhere in the dialplan, out of whatever it was doing."""
        channel.context, channel.extension, channel.priority = context, extension, priority
        channel.when_moved()

    def subscribe(self, teller: Teller) -> Callable[[], None]:
        """Call ``teller(name, privilege, headers)`` for each event, until the result is called."""
        self._tellers.append(teller)
        return lambda: self._tellers.remove(teller)

    def tell(self, name: str, privilege: str, headers: Headers) -> None:
        """An event of the class ``privilege``."""
        for teller in list(self._tellers):
            teller(name, privilege, headers)

    def dial_begins(self, caller: Channel, callee: Channel, dial_string: str) -> None:
        """``DialBegin``: here the name of a media leg shows for the first time."""
        both = caller.headers() + callee.headers("Dest")
        self.tell("DialBegin", "call", [*both, ("DialString", dial_string.partition("/")[2])])

    def dial_ends(self, caller: Channel, callee: Channel, status: str) -> None:
        """``DialEnd`` with ``DialStatus``."""
        both = caller.headers() + callee.headers("Dest")
        self.tell("DialEnd", "call", [*both, ("DialStatus", status)])

    def digit(self, channel: Channel, digit: str) -> None:
        """A key pressed on the phone of a channel (class ``dtmf``)."""
        pressed = [("Digit", digit), ("Direction", "Received")]
        self.tell("DTMFBegin", "dtmf", channel.headers() + pressed)
        self.tell("DTMFEnd", "dtmf", [*channel.headers(), *pressed, ("DurationMs", "100")])
