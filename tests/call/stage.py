"""A call on a stage: real conversation and real media on a clock of ours; the rest is played.

Asterisk is played by `Channel` (AGI) and `Manager` (AMI), the Realtime server by `Line`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from portero.asterisk.agiresults import Played
from portero.asterisk.amiwire import Message
from portero.asterisk.error import AGIDeadChannel, AMIDisconnected
from portero.call import Call, Outcome, Parts, read_arrival
from portero.call.calllog import CallLog
from portero.call.prompts import Prompts
from portero.config.keypad import FallbackSettings
from portero.config.settings import (
    GuardSettings,
    MediaSettings,
    PromptSettings,
    RealtimeSettings,
    Settings,
    TenantSettings,
)
from portero.doorman import CallActions, ToolResult
from portero.doorman.keyed import Keyed
from portero.doorman.keys import Typed
from portero.feed import Feed, Happened
from portero.media import MediaService
from portero.realtime.client import Lost
from portero.records import CallRecord
from portero.waiting import Happening

TENANT = TenantSettings(
    id="lomas",
    extensions=("1000",),
    guard=GuardSettings(extension="100", context="guards"),
    fallback=FallbackSettings(reconnects=0),
)
ENVIRONMENT = {
    "agi_network": "yes",
    "agi_network_script": "portero",
    "agi_channel": "PJSIP/gate-1",
    "agi_uniqueid": "17.1",
    "agi_extension": "1000",
}
SPOKEN = b"\x10\x27" * 480 * 10
"""200 ms of something loud, 24 kHz."""


@dataclass
class Dialled:
    """One Dial() of the call, which stands until somebody ends it."""

    destination: str
    seconds: float
    options: str
    ended: Deferred[str]


class Channel:
    """The visitor's channel over AGI."""

    def __init__(self) -> None:
        self.variables = dict(ENVIRONMENT)
        self.set: dict[str, str] = {}
        self.dials: list[Dialled] = []
        self.bridged: list[tuple[str, Deferred[str]]] = []
        self.heard: list[str] = []
        self.commands: list[str] = []
        self._hangup = Happening()
        self.answering = succeed(0)
        self.finished = False
        self.gone = False
        self.hung_up = False

    def answer(self) -> Deferred[int]:
        self.commands.append("answer")
        return self._dead() or self.answering

    def hangup(self) -> Deferred[int]:
        self.commands.append("hangup")
        return self._dead() or succeed(1)

    def channelStatus(self) -> Deferred[int]:
        return self._dead() or succeed(6)

    def setVariable(self, name: str, value: str) -> Deferred[int]:
        self.set[name] = value
        return succeed(1)

    def getVariable(self, name: str) -> Deferred[str]:
        return succeed(self.set.get(name, ""))

    def execute(self, application: str, *options: Any, **_: object) -> Deferred[str]:
        if application == "Bridge":
            self.bridged.append((str(options[0]), Deferred()))
            return self.bridged[-1][1]
        if application in ("Playtones", "StopPlaytones"):
            return succeed("0")
        assert application == "Dial"
        if self.gone:  # EXEC works on a dead channel, and Dial does nothing there
            return succeed("0")
        dialled = Dialled(str(options[0]), options[1], str(options[2]), Deferred())
        self.dials.append(dialled)
        return dialled.ended

    def streamFile(self, filename: str, escapeDigits: str = "") -> Deferred[Played]:
        self.heard.append(filename)
        return self._dead() or succeed(Played(0, 0))

    def onHangup(self) -> Deferred[None]:
        return self._hangup.wait()

    def wait(self, duration: float) -> Deferred[int]:
        assert duration == 0  # until what was said is written
        return succeed(0)

    def finish(self) -> None:
        self.finished = True

    def hang_up_by_visitor(self) -> None:
        """The visitor puts the phone down."""
        self.gone = True
        self._hangup.fire()
        if self.dials and not self.dials[-1].ended.called:
            self.dials[-1].ended.callback("-1")

    def _dead(self) -> Deferred[Any] | None:
        return fail(AGIDeadChannel(511, "dead channel")) if self.gone else None


class Manager:
    """The AMI: tells of legs, and hangs them up."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.connected = True
        self.hung_up: list[str] = []
        self.set: dict[str, str] = {}
        self.handlers: list[tuple[str, Callable[[Any, Message], object]]] = []
        self.knows_legs = True
        self.remote = ("127.0.0.1", 9)

    def registerEvent(self, name: str, handler: Callable[[Any, Message], object]) -> None:
        self.handlers.append((name, handler))

    def deregisterEvent(self, name: str, handler: Callable[[Any, Message], object]) -> None:
        self.handlers.remove((name, handler))

    def getVar(self, channel: str, variable: str) -> Deferred[str]:
        if not self.connected:
            return fail(AMIDisconnected("no session"))
        host, port = self.remote
        return succeed(host if variable.endswith("ADDRESS") else str(port))

    def setVar(self, channel: str, variable: str, value: object) -> Deferred[Message]:
        if not self.connected:
            return fail(AMIDisconnected("no session"))
        self.set[f"{channel} {variable}"] = str(value)
        return succeed(Message([("Response", "Success")]))

    def hangup(self, channel: str) -> Deferred[Message]:
        if not self.connected:
            return fail(AMIDisconnected("no session"))
        self.hung_up.append(channel)
        self.channel.dials[-1].ended.callback("0")
        return succeed(Message([("Response", "Success")]))

    def coreShowChannels(self) -> Deferred[list[Message]]:
        legs = ["UnicastRTP/127.0.0.1:32000-0x1"] if self.knows_legs else []
        return succeed([Message([("Channel", leg)]) for leg in legs])

    def tell(self, event: str, **headers: str) -> None:
        """An event comes."""
        message = Message([("Event", event), ("Uniqueid", "17.1"), *headers.items()])
        for name, handler in list(self.handlers):
            if name == event:
                handler(self, message)


class Line:
    """The connection to a Realtime server."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.appended = 0
        self.dropped_bytes = 0
        self.closed = False

    def send(self, event: dict[str, Any]) -> None:
        self.sent.append(event)

    def append(self, audio: bytes) -> None:
        self.appended += len(audio)

    def close(self) -> Deferred[None]:
        self.closed = True
        return succeed(None)

    def types(self) -> list[str]:
        return [event["type"] for event in self.sent]


@dataclass
class Doorman:
    """Tools that do what the test says; those on the call itself are real."""

    actions: CallActions | None = None
    tools: list[dict[str, Any]] = field(default_factory=list)
    runs: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, Deferred[str] | Exception] = field(default_factory=dict)

    def for_call(self, tenant: TenantSettings, facts: object, actions: CallActions) -> Doorman:
        self.actions = actions
        return self

    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    typed_pins: list[str] = field(default_factory=list)
    keyed: Keyed = field(default_factory=lambda: Keyed("opened", "Puede pasar."))
    duress: str = "\0"
    heard: list[str] = field(default_factory=list)
    watched: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    closed: bool = False
    opened: Callable[[str], None] = print

    def when_opened(self, told: Callable[[str], None]) -> None:
        self.opened = told

    def waits_for_people(self, name: str) -> bool:
        return name in self.slow

    def talks_meanwhile(self, name: str) -> bool:
        return name not in ("end_call", "transfer_to_guard")

    def opens_gates(self, name: str) -> bool:
        return name in self.watched

    def note(self, kind: str, body: dict[str, Any]) -> None:
        self.notes.append((kind, body))

    def hears(self, words: str) -> bool:
        self.heard.append(words)
        return self.duress in words

    async def typed(self, typed: Typed) -> Keyed:
        self.typed_pins.append(typed.digits)
        return self.keyed

    async def ask_unit(self, unit: str) -> str:
        return "no_answer"

    def close(self) -> None:
        self.closed = True

    async def run(self, name: str, arguments: str, call_id: str = "") -> ToolResult:
        assert self.actions is not None
        self.runs.append((name, arguments))
        if name == "end_call":
            return ToolResult(await self.actions.hang_up("done"))
        if name == "transfer_to_guard":
            return ToolResult(await self.actions.transfer_to_guard("asked"))
        answer = self.answers.get(name, succeed("{}"))
        if isinstance(answer, Exception):
            raise answer
        return ToolResult(await answer)


class Stage:
    """One call, from its first moment, which is `EPOCH` on the wall clock."""

    EPOCH = 1_795_370_400.0  # 2026-11-22, 18:00 UTC

    def __init__(
        self,
        *,
        tenant: TenantSettings = TENANT,
        model: str = "gpt-realtime",
        channel: Channel | None = None,
        **asterisk: Any,
    ) -> None:
        self.clock = Clock()
        self.channel = channel or Channel()
        self.manager = Manager(self.channel)
        self.line = Line()
        self.doorman = Doorman()
        self.connecting: Deferred[Any] = Deferred()
        self.connects = False
        self.media = MediaService(MediaSettings(ports=(32000, 32099)), reactor=self.clock)
        self.media.startService()
        self.outcome: Outcome | None = None
        self.prompts = Prompts(PromptSettings(), lambda job: succeed(job()))
        realtime = RealtimeSettings(model=model)
        settings = Settings(asterisk=asterisk, realtime=realtime)
        self.kept: list[CallRecord] = []
        self.happened: list[Happened] = []
        self.spent: Awaitable[float] = succeed(0.0)
        feed = Feed()
        feed.subscribe(self.happened.append)
        parts = Parts(
            settings=settings,
            manager=self.manager,  # type: ignore[arg-type]
            media=self.media,
            doorman=self.doorman,  # type: ignore[arg-type]
            prompts=self.prompts,
            connect=self._connect,
            clock=self.clock,
            now=lambda: self.EPOCH + self.clock.seconds(),
            feed=feed,
            keep=self.kept.append,
            spent=lambda _: self.spent,
        )
        self.call = Call(
            "c1",
            self.channel,  # type: ignore[arg-type]
            read_arrival(ENVIRONMENT),
            tenant,
            parts,
            CallLog("c1", tenant.id),
        )

    def _connect(self, listener: Any) -> Deferred[Any]:
        self.connects = True
        self.listener = listener
        return self.connecting

    # -- what happens to it

    def start(self) -> None:
        """The call comes in."""
        running = Deferred.fromCoroutine(self.call.run())
        running.addCallback(lambda outcome: setattr(self, "outcome", outcome))

    def leg_up(self) -> None:
        """Asterisk tells of the media leg."""
        self.manager.tell("DialBegin", DestChannel="UnicastRTP/127.0.0.1:32000-0x1")

    def realtime_up(self) -> None:
        """The Realtime session is set up, and the greeting has begun."""
        self.connecting.callback(self.line)
        self.hear({"type": "session.created", "session": {}})
        self.hear({"type": "session.updated", "session": {}})
        self.response("greeting")

    def greeted(self) -> None:
        """A call in which the agent has greeted, and all of it has been played."""
        self.start()
        self.leg_up()
        self.realtime_up()
        self.speak("greeting")
        self.done("greeting")
        self.play()

    def hear(self, event: dict[str, Any]) -> None:
        """An event of the Realtime server."""
        self.listener.event_received(event)

    def response(self, name: str) -> None:
        """The server begins a response; the purpose is that of our last response.create."""
        created = [event for event in self.line.sent if event["type"] == "response.create"]
        metadata = created[-1]["response"].get("metadata") if created else None
        self.hear(
            {
                "type": "response.created",
                "response": {"id": name, "status": "in_progress", "metadata": metadata},
            }
        )

    def turn(self, name: str) -> None:
        """The visitor has spoken, and the server answers by itself."""
        self.speech_starts()
        self.hear({"type": "input_audio_buffer.speech_stopped", "item_id": "u", "audio_end_ms": 9})
        self.hear({"type": "response.created", "response": {"id": name, "status": "in_progress"}})

    def speech_starts(self) -> None:
        """The visitor begins to speak."""
        self.hear(
            {"type": "input_audio_buffer.speech_started", "item_id": "u", "audio_start_ms": 1}
        )

    def speak(self, response: str, audio: bytes = SPOKEN) -> None:
        """Sound of a response."""
        self.hear(
            {
                "type": "response.output_audio.delta",
                "response_id": response,
                "item_id": f"item_{response}",
                "content_index": 0,
                "delta": base64.b64encode(audio).decode(),
            }
        )

    def calls(self, response: str, name: str, arguments: str = "{}") -> None:
        """A response calls a tool."""
        self.hear(
            {
                "type": "response.function_call_arguments.done",
                "response_id": response,
                "item_id": f"call_item_{name}",
                "call_id": f"call_{name}",
                "name": name,
                "arguments": arguments,
            }
        )

    def done(self, response: str, status: str = "completed") -> None:
        """The response has been generated."""
        self.hear(
            {
                "type": "response.output_audio.done",
                "response_id": response,
                "item_id": f"item_{response}",
            }
        )
        self.hear(
            {"type": "response.done", "response": {"id": response, "status": status, "output": []}}
        )

    def play(self, seconds: float = 1.0) -> None:
        """Time passes, and sound is played."""
        self.clock.pump([0.02] * round(seconds / 0.02))

    def lose_realtime(self) -> None:
        """The Realtime server drops the connection."""
        self.listener.connection_lost(Lost.by(1006, "gone"))

    # -- what can be seen

    def tool_outputs(self) -> dict[str, Any]:
        """What the model was told, by call id."""
        items = [
            event["item"]
            for event in self.line.sent
            if event["type"] == "conversation.item.create"
            and event["item"]["type"] == "function_call_output"
        ]
        return {item["call_id"]: json.loads(item["output"]) for item in items}

    def events(self, event: str) -> list[Happened]:
        """What the feed was told of this kind."""
        return [it for it in self.happened if it["event"] == event]

    def press(self, keys: str) -> None:
        """The visitor presses keys, as Asterisk tells of them on his own channel."""
        for key in keys:
            self.manager.tell("DTMFEnd", Digit=key, Direction="Received")
            self.clock.advance(0.5)

    def told(self, purpose: str) -> list[str]:
        """What the agent was told to say, of its own accord."""
        return [
            event["response"]["instructions"]
            for event in self.line.sent
            if event["type"] == "response.create"
            and purpose in json.dumps(event["response"].get("metadata", {}))
        ]

    def close(self) -> None:
        """Whatever a test began has been let go: nothing may be left."""
        self.media.stopService()
        assert [str(call) for call in self.clock.getDelayedCalls()] == []
