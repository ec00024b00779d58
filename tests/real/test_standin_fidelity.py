"""The phone stand-in against the real Asterisk: what both are asked alike, both answer alike.

Everything is raw: none of portero's own clients. Where the two may differ, ``DIFFERENCES`` says
why; anything else is a lie of the stand-in.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_twisted
import sound

from .ami_probe import AmiProbe, Message
from .asterisk_server import AsteriskServer
from .media_probe import ALAW, G722_64, SLIN, SLIN16, ULAW, RtpProbe
from .two_sides import Real, Side, StandIn, in_time, lines_until, refused

pytestmark = pytest.mark.real

DIFFERENCES = {
    "SystemName": "a header of every event, only where asterisk.conf names the machine",
    "agi_version": "the package's own number; the stand-in says 22.10.1",
    "usage": "520: the stand-in's text is shorter; both begin and end with the same lines",
    "Hangup": "the event: Asterisk's comes when the AGI session is over, the stand-in's at once",
}

Facts = Any
Case = Callable[[Side], Awaitable[Facts]]


@pytest_twisted.async_yield_fixture
async def both(asterisk: AsteriskServer, ami: AmiProbe) -> AsyncIterator[tuple[Side, Side]]:
    sides = (StandIn(), Real(asterisk, ami))
    for side in sides:
        await side.open()
    yield sides
    for side in sides:
        await side.close()


async def agree(both: tuple[Side, Side], case: Case) -> Facts:
    """Run a case on both sides; what it found, if it was the same."""
    stand_in, real = [await case(side) for side in both]
    assert stand_in == real, f"\nstand-in: {stand_in}\nAsterisk: {real}"
    assert real
    return real


# -- AGI

COMMANDS = [
    "CHANNEL STATUS",
    "CHANNEL STATUS Nobody/1",
    "ANSWER",
    "CHANNEL STATUS",
    "GET VARIABLE NOPE",
    'SET VARIABLE TOLD "two words"',
    "GET VARIABLE TOLD",
    "get variable TOLD",
    'SET VARIABLE EMPTY ""',
    "GET VARIABLE EMPTY",
    "GET FULL VARIABLE ${TOLD}-${NOPE}",
    'GET FULL VARIABLE "${EXTEN}@${CONTEXT}"',
    "NOSUCHCOMMAND",
    "NOOP",
    "NOOP a b c",
    'VERBOSE "hello" 1',
    "SET AUTOHANGUP 0",
    "WAIT FOR DIGIT 50",
    'STREAM FILE no-such-file ""',
    "GET DATA no-such-file 50",
    "HANGUP Nobody/1",
    "EXEC NoSuchApplication",
    "EXEC NoOp",
    "EXEC Wait 0.05",
    'EXEC Set "SET=by exec"',
    "GET VARIABLE SET",
    'EXEC Playback "no-such-file"',
    "GET VARIABLE PLAYBACKSTATUS",
    'EXEC Dial "Nowhere/x,5,g"',
    "GET VARIABLE DIALSTATUS",
    'EXEC Dial "Local/102@guards/n,5,g"',
    "GET VARIABLE DIALSTATUS",
    "SET CONTEXT elsewhere",
    "SET EXTENSION 7",
    "SET PRIORITY 3",
    "GET VARIABLE",
]


@pytest_twisted.ensureDeferred
async def test_replies_to_commands(both: tuple[Side, Side]) -> None:
    async def case(side: Side) -> Facts:
        session, _ = await side.visitor()
        replies = {line: await session.command(line) for line in COMMANDS}
        session.drop()
        return replies

    await agree(both, case)


@pytest_twisted.ensureDeferred
async def test_the_environment_has_the_same_names_in_the_same_order(
    both: tuple[Side, Side],
) -> None:
    async def case(side: Side) -> Facts:
        session, _ = await side.visitor()
        session.drop()
        same = ("agi_network", "agi_network_script", "agi_context", "agi_extension")
        return list(session.environment), {key: session.environment[key] for key in same}

    await agree(both, case)


@pytest.mark.parametrize("running", ["EXEC Wait 30", "WAIT FOR DIGIT 30000", None])
@pytest_twisted.ensureDeferred
async def test_what_a_hangup_says_and_in_which_order(
    both: tuple[Side, Side], running: str | None
) -> None:
    async def case(side: Side) -> Facts:
        session, channel = await side.visitor()
        await session.command("ANSWER")
        waiting = session.command(running) if running else None
        if running:
            await side.begun(channel, running)
        answer = await side.ami.action("Hangup", Channel=channel)
        if waiting is not None:
            await waiting
        await lines_until(session, 3 if running else 2)
        dead = [
            await session.command(command)
            for command in ("GET VARIABLE NOPE", "SET VARIABLE A b", "ANSWER", "CHANNEL STATUS")
        ]
        session.drop()
        return answer["Message"].replace(channel, "CHANNEL"), session.lines, dead

    await agree(both, case)


# -- the media leg

LEGS = {"slin16": SLIN16, "slin": SLIN, "ulaw": ULAW, "alaw": ALAW, "g722": G722_64}
BACK = {
    "slin16": {"slin16": False, "slin": True},
    "slin": {"slin": True, "slin16": False},
    "ulaw": {"ulaw": True},
    "alaw": {"alaw": True},
    "g722": {"g722": True, "slin16": False},
}


def names(event: Message) -> list[str]:
    """The headers of an event, without those of DIFFERENCES."""
    return [header for header in event if header not in DIFFERENCES]


@pytest.mark.parametrize("name", LEGS)
@pytest_twisted.ensureDeferred
async def test_a_media_leg(both: tuple[Side, Side], name: str) -> None:
    """What comes first and when, in what order things are told, and how the leg ends."""

    async def case(side: Side) -> Facts:
        session, channel = await side.visitor()
        probe = RtpProbe()
        probe.listen()
        destination = probe.dial_string(name)
        address = destination.split("/")[1]
        dialling = session.command(f'EXEC Dial "{destination},10,g"')
        begun = await side.ami.event("DialBegin", Channel=channel)
        leg = begun["DestChannel"]
        host, port = await probe.find_remote(side.ami, leg)
        ended = await side.ami.event("DialEnd", Channel=channel)
        await in_time(probe.first_packet)
        listed = await side.ami.action("CoreShowChannels")
        shown = await side.ami.event("CoreShowChannel", Channel=leg)
        await side.ami.action("Hangup", Channel=leg)
        reply = await dialling
        gone = await side.ami.event("Hangup", Channel=leg)
        status = await session.command("GET VARIABLE DIALSTATUS")
        session.drop()
        packet = probe.packets[0]
        await probe.close()
        return {
            "leg": re.sub(r"-0x[0-9a-f]+$", "-ID", leg.replace(address, "ADDRESS")),
            "dial string": begun["DialString"].replace(address, "ADDRESS"),
            "remote": (host, port > 0),
            "DialBegin": names(begun),
            "DialEnd": names(ended),
            "status": ended["DialStatus"],
            "first packet": (packet.payload_type, len(packet.payload), packet.marker),
            "listed": {k: listed[k] for k in ("Response", "EventList", "Message")},
            "CoreShowChannel": names(shown),
            "application": (shown["Application"], shown["ChannelStateDesc"]),
            "reply": reply,
            "gone": (gone["Cause"], gone["Cause-txt"]),
            "DIALSTATUS": status,
        }

    await agree(both, case)


@pytest.mark.parametrize(
    ("leg", "back", "played"),
    [(leg, back, played) for leg, backs in BACK.items() for back, played in backs.items()],
)
@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_what_is_played_of_what_comes_back(
    both: tuple[Side, Side], leg: str, back: str, played: bool
) -> None:
    async def case(side: Side) -> Facts:
        session, channel = await side.visitor()
        probe = RtpProbe()
        probe.listen()
        dialling = session.command(f'EXEC Dial "{probe.dial_string(leg)},10,g"')
        begun = await side.ami.event("DialBegin", Channel=channel)
        await side.ami.event("DialEnd", Channel=channel)
        remote = await probe.find_remote(side.ami, begun["DestChannel"])
        coding = LEGS[back]
        await probe.send(coding, sound.tone(730, 0.4, coding.rate, -12.0), remote)
        heard = await side.heard_something()
        await dialling
        session.drop()
        await probe.close()
        return "played" if heard else "dropped"

    assert await agree(both, case) == ("played" if played else "dropped")


@pytest.mark.parametrize("end", ["visitor", "redirect"])
@pytest_twisted.ensureDeferred
async def test_how_a_leg_ends_when_the_visitor_goes(both: tuple[Side, Side], end: str) -> None:
    async def case(side: Side) -> Facts:
        session, channel = await side.visitor()
        probe = RtpProbe()
        probe.listen()
        dialling = session.command(f'EXEC Dial "{probe.dial_string("slin16")},10,g"')
        await in_time(probe.first_packet)
        if end == "visitor":
            answer = await side.ami.action("Hangup", Channel=channel)
        else:
            answer = await side.ami.action(
                "Redirect", Channel=channel, Context="guards", Exten="100", Priority="1"
            )
        reply = await dialling
        await lines_until(session, 2)
        after = await session.command("GET VARIABLE DIALSTATUS")
        refused = await session.command("ANSWER")
        session.drop()
        await probe.close()
        said = answer["Message"].replace(channel, "CHANNEL")
        return said, reply, session.lines, after, refused

    await agree(both, case)


# -- AMI

ACTIONS: list[tuple[str, dict[str, str]]] = [
    ("Ping", {}),
    ("Getvar", {"Channel": "Nobody/1", "Variable": "X"}),
    ("Getvar", {"Channel": "Nobody/1"}),
    ("Getvar", {"Variable": "NOPE"}),
    ("Setvar", {"Channel": "Nobody/1", "Variable": "X", "Value": "1"}),
    ("Setvar", {}),
    ("Hangup", {"Channel": "Nobody/1"}),
    ("Hangup", {}),
    ("Redirect", {"Channel": "Nobody/1", "Context": "guards", "Exten": "100", "Priority": "1"}),
    ("Redirect", {}),
    ("Status", {"Channel": "Nobody/1"}),
    ("Originate", {"Channel": "Local/100@guards", "Application": "Wait"}),
    ("Command", {"Command": "core show version"}),
    ("UserEvent", {"UserEvent": "Hello"}),
    ("NoSuchAction", {}),
    ("Challenge", {"AuthType": "SHA"}),
    ("Events", {"EventMask": "call,dtmf"}),
    ("Events", {"EventMask": "off"}),
    ("Events", {"EventMask": "on"}),
]


@pytest_twisted.ensureDeferred
async def test_answers_to_actions_of_porteros_user(both: tuple[Side, Side]) -> None:
    async def case(side: Side) -> Facts:
        answers = {}
        for name, headers in ACTIONS:
            answer = await side.ami.action(name, **headers)
            hidden = {key: answer[key] for key in answer if key not in ("ActionID", "Timestamp")}
            answers[f"{name} {headers}"] = hidden
        return answers

    await agree(both, case)


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_a_refused_login_takes_its_time(both: tuple[Side, Side]) -> None:
    async def case(side: Side) -> Facts:
        answer, seconds = await refused(side.ami_port, "wrong")
        return answer["Response"], answer["Message"], round(seconds)

    assert (await agree(both, case))[2] == 1


@pytest_twisted.ensureDeferred
async def test_the_events_of_a_visitors_end(both: tuple[Side, Side]) -> None:
    async def case(side: Side) -> Facts:
        session, channel = await side.visitor()
        opened = await side.ami.event("Newchannel", Channel=channel)
        await session.command("ANSWER")
        await side.ami.action("Hangup", Channel=channel)
        session.drop()
        ended = await side.ami.event("Hangup", Channel=channel)
        return names(opened), names(ended), (ended["Cause"], ended["Cause-txt"])

    await agree(both, case)
