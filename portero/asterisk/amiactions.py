"""StarPy's AMI actions, as far as portero or an installer has use for them (agi-ami-starpy.md 1.3).

Seconds in the API. A header that can't be sent is refused with ValueError before anything is. Any
other action: `action(name, Header=value, …)`, or `sendDeferred` for headers that repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from twisted.internet.defer import Deferred

from portero.asterisk.amianswers import Answer, EventList, OneResponse, Origination
from portero.asterisk.amiwire import Header, Message
from portero.asterisk.error import AMICommandFailure
from portero.limits import AMI_LIST_SECONDS, AMI_RESPONSE_SECONDS, AMI_RING_SECONDS

T = TypeVar("T")

StarPyMessage = Mapping[str, object] | Iterable[tuple[str, object]]
"""An action as StarPy writes it: headers, the one named `action` among them."""


class AMIActions:
    """Mixed into what can `ask`: a session, or the service that keeps one."""

    def ask(
        self,
        name: str,
        headers: Iterable[Header],
        answer: Answer[T],
        *,
        seconds: float = AMI_RESPONSE_SECONDS,
    ) -> Deferred[T]:
        """Send an action; fires with what `answer` makes of its messages.

        Fails with AMICommandFailure: a refusal, AMITimeout after `seconds`, AMIDisconnected.
        Raises ValueError, before anything is sent, for headers that can't be.
        """
        raise NotImplementedError

    # -- any action

    def action(self, action: str, /, **headers: object) -> Deferred[Message]:
        """Send an action; fires with its response if that is Success. None omits a header."""
        return self.ask(action, headers.items(), OneResponse())

    def sendDeferred(self, message: StarPyMessage) -> Deferred[Message]:
        """Send a message; fires with its response, whatever it says."""
        return self.ask(*split_message(message), OneResponse(None))

    def collectDeferred(
        self, message: StarPyMessage, stopEvent: str | None = None
    ) -> Deferred[list[Message]]:
        """Send a message; fires with its response, the events of its list, and the last event."""
        return self._list(*split_message(message), stop_event=stopEvent)

    def errorUnlessResponse(self, message: Message, expected: str = "Success") -> Message:
        """The message, if it says what is expected; else raises AMICommandFailure."""
        if message["response"] != expected:
            raise AMICommandFailure(message.get("message", message["response"]), message)
        return message

    # -- channels

    def getVar(self, channel: str | None, variable: str) -> Deferred[str]:
        """A channel's variable, or (None) a global one; '' if it is not set."""
        response = self.action("Getvar", Channel=channel, Variable=variable)
        return response.addCallback(lambda message: message.get("value", ""))

    def setVar(self, channel: str | None, variable: str, value: object) -> Deferred[Message]:
        """Set a channel's variable, or (None) a global one."""
        return self.action("Setvar", Channel=channel, Variable=variable, Value=value)

    def hangup(self, channel: str) -> Deferred[Message]:
        """Hang up a channel."""
        return self.action("Hangup", Channel=channel)

    def redirect(
        self,
        channel: str,
        context: str,
        exten: str,
        priority: int | str,
        extraChannel: str | None = None,
    ) -> Deferred[Message]:
        """Send a channel, and maybe the one it talks to, elsewhere in the dialplan."""
        return self.action(
            "Redirect",
            Channel=channel,
            ExtraChannel=extraChannel,
            Context=context,
            Exten=exten,
            Priority=priority,
        )

    def originate(
        self,
        channel: str,
        context: str | None = None,
        exten: str | None = None,
        priority: int | str | None = None,
        timeout: float | None = None,
        callerid: str | None = None,
        account: str | None = None,
        application: str | None = None,
        data: str | None = None,
        variable: Mapping[str, object] | None = None,
        nowait: bool = False,
        channelid: str | None = None,
        otherchannelid: str | None = None,
        codecs: str | None = None,
    ) -> Deferred[Message]:
        """Call a channel, for `timeout` seconds, and join it to an extension or application.

        Fires with the event OriginateResponse once it is answered, and fails if it is not; with
        `nowait`, fires with the response "queued". It is asynchronous in any case: Asterisk would
        not hear another action of ours while a phone rings.
        """
        milliseconds = None if timeout is None else round(timeout * 1000)
        headers: list[Header] = [
            ("Channel", channel),
            ("Context", context),
            ("Exten", exten),
            ("Priority", priority),
            ("Timeout", milliseconds),
            ("CallerID", callerid),
            ("Account", account),
            ("Application", application),
            ("Data", data),
            ("ChannelId", channelid),
            ("OtherChannelId", otherchannelid),
            ("Codecs", codecs),
            ("Async", "true"),
        ]
        headers += [("Variable", f"{name}={value}") for name, value in (variable or {}).items()]
        if nowait:
            return self.ask("Originate", headers, OneResponse())
        rings = AMI_RING_SECONDS if timeout is None else timeout
        seconds = rings + AMI_RESPONSE_SECONDS
        return self.ask("Originate", headers, Origination(), seconds=seconds)

    def park(self, channel: str, channel2: str, timeout: float) -> Deferred[Message]:
        """Park a channel; after `timeout` seconds `channel2` is called back."""
        return self.action(
            "Park", Channel=channel, TimeoutChannel=channel2, Timeout=round(timeout * 1000)
        )

    def absoluteTimeout(self, channel: str, timeout: int) -> Deferred[Message]:
        """Hang up a channel in `timeout` seconds; 0 takes that back."""
        return self.action("AbsoluteTimeout", Channel=channel, Timeout=timeout)

    def playDTMF(self, channel: str, digit: str) -> Deferred[Message]:
        """Play a key to a channel."""
        return self.action("PlayDTMF", Channel=channel, Digit=digit)

    def status(self, channel: str | None = None) -> Deferred[list[Message]]:
        """StarPy's list (response, a Status event each, last event) of one channel, or all."""
        headers = [("Channel", channel)]
        return self._list("Status", headers, stop_event="StatusComplete")

    def coreShowChannels(self) -> Deferred[list[Message]]:
        """An event CoreShowChannel for each channel there is."""
        listing = self._list("CoreShowChannels", (), stop_event="CoreShowChannelsComplete")
        return listing.addCallback(lambda messages: messages[1:-1])

    # -- Asterisk

    def ping(self) -> Deferred[Message]:
        """Does Asterisk answer?"""
        return self.action("Ping")

    def events(self, eventmask: str | bool = False) -> Deferred[Message]:
        """Which classes of events come: `call,dtmf`, or all (True), or none."""
        mask = "on" if eventmask is True else eventmask or "off"
        return self.action("Events", EventMask=mask)

    def command(self, command: str) -> Deferred[list[str]]:
        """Run a console command (class `command`); the lines it prints."""
        response = self.action("Command", Command=command)
        return response.addCallback(lambda message: message.get_all("output"))

    def listCommands(self) -> Deferred[Message]:
        """What this user may do: an action's name in lower case to what it does."""
        return self.action("ListCommands")

    def extensionState(self, exten: str, context: str) -> Deferred[Message]:
        """The state of an extension's hint, as `status`: 0 idle, 1 in use, 2 busy."""
        return self.action("ExtensionState", Exten=exten, Context=context)

    def dbGet(self, family: str, key: str) -> Deferred[str | None]:
        """A value of Asterisk's database; None if there is none."""
        return Deferred.fromCoroutine(self._db_value(family, key))

    def dbPut(self, family: str, key: str, value: object) -> Deferred[Message]:
        """Store a value."""
        return self.action("DBPut", Family=family, Key=key, Val=value)

    def dbDel(self, family: str, key: str) -> Deferred[Message]:
        """Delete a value."""
        return self.action("DBDel", Family=family, Key=key)

    def dbDelTree(self, family: str, key: str | None = None) -> Deferred[Message]:
        """Delete a family, or a tree in it."""
        return self.action("DBDelTree", Family=family, Key=key)

    async def _db_value(self, family: str, key: str) -> str | None:
        headers = [("Family", family), ("Key", key)]
        try:
            messages = await self._list("DBGet", headers, stop_event="DBGetComplete")
        except AMICommandFailure as error:
            # Asterisk answers a key that is not there with an Error.
            if error.response and "not found" in error.response.get("message", ""):
                return None
            raise
        return messages[1]["val"]

    def _list(
        self, name: str, headers: Iterable[Header], *, stop_event: str | None
    ) -> Deferred[list[Message]]:
        return self.ask(name, headers, EventList(stop_event), seconds=AMI_LIST_SECONDS)


def split_message(message: StarPyMessage) -> tuple[str, list[Header]]:
    """A StarPy message as an action's name and its other headers; ValueError without a name."""
    pairs = list(message.items() if isinstance(message, Mapping) else message)
    names = [str(value) for header, value in pairs if header.lower() == "action"]
    if len(names) != 1:
        raise ValueError("an AMI message has one header `action`")
    return names[0], [pair for pair in pairs if pair[0].lower() != "action"]
