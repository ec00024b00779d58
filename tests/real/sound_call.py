"""Calls whose sound is measured: the daemon between Asterisk and a Realtime stand-in of ours.

What the stand-in was sent and has said is kept, event by event, with the moment of each.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openai_events
import pytest
import sound
from sound import FRAME_MS, Samples

from twisted.internet import reactor
from twisted.internet.task import deferLater

from portero.simulator.conversation_script import Script, Step
from portero.simulator.realtime import RealtimeServer
from portero.simulator.rt_generation import Pace
from portero.simulator.rt_session import Manners, Session

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer, free_port
from .daemon import Daemon, settings, start_daemon
from .media_probe import SLIN, SLIN16, RtpProbe
from .speech import at_rate

PATIENCE = 15.0
GATE = "1000@gate"
# The stand-in hears speech from -20 dBFS on: what is quieter does not interrupt the agent, so that
# both sides can be measured at once.
DEAF = 1.0
HEARS_SPEECH = 0.5
SERVER_RATE = 24000
MOUTH_RATE, EAR_RATE = 8000, 16000  # of a ``PhoneCall``
LIKENESS = 0.97
# A machine that stops for longer than media.jitter_ms may cost a frame; nothing else may.
HOLES_MS = 0
READERS: dict[str, tuple[int, Callable[[bytes], Samples]]] = {
    "audio/pcm": (SERVER_RATE, sound.from_pcm),
    "audio/pcmu": (8000, sound.from_ulaw),
    "audio/pcma": (8000, sound.from_alaw),
}


class House:
    """A running daemon, and the server that its calls speak to."""

    def __init__(
        self, asterisk: AsteriskServer, ami: AmiProbe, daemon: Daemon, realtime: RealtimeServer
    ) -> None:
        self.asterisk = asterisk
        self.ami = ami
        self.daemon = daemon
        self.realtime = realtime

    async def session(self) -> Session:
        """The Realtime session of the house's only call, once it is there."""
        await self.until(lambda: bool(self.realtime.sessions))
        return self.realtime.sessions[0]

    async def agent_speaks(self) -> float:
        """The moment of the agent's first sound."""
        session = await self.session()
        await self.until(lambda: bool(moments_sent(session, "response.output_audio.delta")))
        return moments_sent(session, "response.output_audio.delta")[0]

    def now(self) -> float:
        """The reactor's clock, which all moments are of."""
        return float(reactor.seconds())  # type: ignore[attr-defined]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until it is so."""
        deadline = reactor.seconds() + PATIENCE  # type: ignore[attr-defined]
        while not true():
            assert reactor.seconds() < deadline, self.daemon.log  # type: ignore[attr-defined]
            await pause(0.02)

    async def over(self) -> dict[str, int]:
        """Wait for the end of the call; answers its sound figures.

        No call of these tests makes the daemon complain, or breaks a rule of the protocol.
        """
        await self.daemon.logged(r"\bend: ")
        session = await self.session()
        assert session.violations == []
        for _, event in session.record.received:
            assert openai_events.client_problems(event) == []
        assert not re.search(r"Traceback|Unhandled|critical", self.daemon.log), self.daemon.log
        told = re.findall(r"sound: MediaStats\((.*?)\)", self.daemon.log)[-1]
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", told)}


@asynccontextmanager
async def open_house(
    asterisk: AsteriskServer,
    ami: AmiProbe,
    folder: Path,
    *steps: Step,
    hears_from: float = DEAF,
    pace: Pace | None = None,
    **media: object,
) -> AsyncIterator[House]:
    """A daemon with these media settings, and a server that follows these steps in each call."""
    realtime = RealtimeServer(
        reactor, script=Script("sound", steps), manners=Manners(pace=pace or Pace())
    )
    realtime.startService()
    try:
        config = settings(asterisk, folder, realtime.url, audiosocket_port=free_port(), **media)
        config["realtime"]["vad"] = {"type": "server_vad", "threshold": hears_from}
        daemon = await start_daemon(config, folder)
        try:
            yield House(asterisk, ami, daemon, realtime)
        finally:
            await daemon.stop()
    finally:
        await realtime.stopService()


# -- what a session said and heard


def moments_sent(session: Session, kind: str) -> list[float]:
    """When the server sent events of that kind."""
    return [moment for moment, event in session.record.sent if event["type"] == kind]


def received(session: Session, kind: str) -> list[tuple[float, dict[str, Any]]]:
    """The client's events of that kind, with their moments."""
    return [each for each in session.record.received if each[1]["type"] == kind]


def heard_by_server(session: Session) -> Samples:
    """All that was appended, 24 kHz."""
    return session.heard_pcm24.astype(np.float64) / 32768


def said_by_server(session: Session) -> tuple[list[Samples], int]:
    """The sound of each of the agent's items, in order, as it was sent; and its rate."""
    audio: dict[str, bytes] = {}
    for _, event in session.record.sent:
        if event["type"] == "response.output_audio.delta":
            piece = base64.b64decode(event["delta"])
            audio[event["item_id"]] = audio.get(event["item_id"], b"") + piece
    rate, read = READERS[session.config.input_format]
    return [read(each) for each in audio.values()], rate


# -- what must hold for a sound that has come through


def carried(samples: Samples, rate: int, wanted: int, band: int) -> Samples:
    """What a leg of sampling rate ``band`` can carry of a sound."""
    narrowest = min(rate, band)
    return at_rate(at_rate(samples, rate, narrowest), narrowest, wanted)


def check_tone(
    heard: Samples, rate: int, hertz: float, dbfs: float, *, noisy: bool = False, holes_ms: int = 0
) -> None:
    """One steady tone of that pitch and level, without a click, or a gap beyond ``holes_ms``.

    Three clicks for each hole: its two edges, and where the delay is taken back.
    """
    gaps = sound.gaps_ms(heard, rate)
    assert sum(gaps) <= holes_ms, gaps
    middle = heard[rate // 10 : -rate // 10]
    assert sound.pitch_hz(middle, rate) == pytest.approx(hertz, abs=1)
    assert sound.level_dbfs(middle) == pytest.approx(dbfs, abs=0.5)
    assert noisy or len(sound.clicks(middle, hertz, rate)) <= 3 * holes_ms / FRAME_MS


def check_speech(heard: Samples, said: Samples, rate: int, *, holes_ms: int = 0) -> sound.Match:
    """The same speech at the same level, and where; all of it, held up by at most ``holes_ms``."""
    pieces = sound.find_pieces(heard, said, rate)
    whole = [piece for piece in pieces if piece.likeness > LIKENESS]
    assert len(pieces) - len(whole) <= holes_ms / FRAME_MS, pieces
    shifts = [piece.start for piece in whole]
    assert (max(shifts) - min(shifts)) / rate <= (holes_ms + 1) / 1000
    assert np.median([piece.error_db for piece in whole]) == pytest.approx(0, abs=0.5)
    return sound.find(heard, said)


# -- a visitor in this process


@dataclass(frozen=True)
class PhoneCall:
    """A visitor whose mouth and ear are here: every packet of his has its moment."""

    probe: RtpProbe
    remote: tuple[str, int]
    channel: str

    async def say(self, samples: Samples) -> None:
        """Speak, at ``MOUTH_RATE``; returns when all has been said."""
        await self.probe.send(SLIN, samples, self.remote)

    def heard(self) -> Samples:
        """All that he has heard, at ``EAR_RATE``."""
        return self.probe.heard(SLIN16)

    def moment(self, sample: int) -> float:
        """When the packet with that sample of ``heard`` came."""
        return self.probe.packets[sample // (EAR_RATE // 50)].moment


@asynccontextmanager
async def phone_call(house: House) -> AsyncIterator[PhoneCall]:
    """A call from here to the gate, over a leg that belongs to nobody but the test."""
    probe = RtpProbe()
    probe.listen()
    ami = house.ami
    channel_id = f"phone-{id(probe)}"
    try:
        answer = await ami.action(
            "Originate",
            Channel=f"Local/{GATE}/n",
            ChannelId=channel_id,
            OtherChannelId=f"{channel_id}-far",
            Context="probe",
            Exten="leg",
            Priority="1",
            CallerID='"Visitante" <5550002>',
            Codecs="slin16",
            Async="true",
            Variable=f"PROBE_LEG={probe.dial_string('slin16')}",
        )
        assert answer["Response"] == "Success", answer
        dialled = await ami.event("DialBegin", Uniqueid=channel_id)
        remote = await probe.find_remote(ami, dialled["DestChannel"])
        yield PhoneCall(probe, remote, dialled["Channel"])
        await ami.action("Hangup", Channel=dialled["Channel"])
        await house.daemon.logged(r"\bend: ")
    finally:
        await probe.close()


# -- time


async def pause(seconds: float) -> None:
    """Let real time pass: Asterisk has no other."""
    await deferLater(reactor, max(0.0, seconds))


async def pause_until(moment: float) -> None:
    """Let time pass until the reactor's clock shows that moment."""
    await pause(moment - reactor.seconds())  # type: ignore[attr-defined]
