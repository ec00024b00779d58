"""The visitor as a person with a phone: hears the leg, and speaks and hangs up by the script."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.interfaces import IReactorTime

from portero.simulator.conversation_script import Script, VisitorLine
from portero.simulator.phone_leg import Leg
from portero.simulator.phone_sound import Clip
from portero.simulator.phone_visit import Visit
from portero.simulator.phone_visitor import HangUp, Say, Visitor
from portero.simulator.voice import Voice

VOICE_RATE = 16_000

Clips = Mapping[VisitorLine, Clip]


async def speak_lines(script: Script, voice: Voice) -> Clips:
    """What the visitor says in a script, made before the call so that nothing has to wait."""
    return {
        line: Clip(await voice.render(line.text, line.sound, rate=VOICE_RATE), VOICE_RATE)
        for line in script.visitor_lines
    }


class Person:
    """Joins a visit with the visitor's mind; the phone side's beat drives it."""

    def __init__(
        self,
        clock: IReactorTime,
        visit: Visit,
        script: Script,
        clips: Clips,
        said: Callable[[VisitorLine], None],
    ) -> None:
        self._clock = clock
        self._visit = visit
        self._script = script
        self._clips = clips
        self._said = said
        self._mind: Visitor | None = None
        self._speaking = False

    def hear(self, level: float) -> None:
        """20 ms of the agent, with its RMS."""
        if self._mind is not None:
            self._mind.hear(self._clock.seconds(), level)

    def beat(self, leg: Leg) -> None:
        """Every 20 ms while there is a leg to speak into."""
        now = self._clock.seconds()
        if self._mind is None:
            self._mind = Visitor(self._script, now)
        if self._speaking and not leg.speaking:
            self._speaking = False
            self._mind.spoke(now)
        if self._speaking:
            return
        match self._mind.act(now):
            case Say(line=line):
                self._speaking = True
                leg.say(self._clips[line])
                self._said(line)
            case HangUp():
                self._visit.hang_up()
