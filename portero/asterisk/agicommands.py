"""StarPy's AGI commands: its names, its order of arguments, its results (agi-ami-starpy.md 1.3).

Seconds in the API, milliseconds on the wire. An argument that can't be sent is refused with
ValueError before anything is queued. What plays, records or waits for a person has no deadline.
"""

from __future__ import annotations

import datetime
import re
import time
from functools import partial
from typing import Any
from urllib.parse import unquote

from twisted.internet.defer import Deferred

from portero.asterisk import agiresults
from portero.asterisk.agiresults import Chosen, Controlled, Gathered, Played, Recorded
from portero.asterisk.agiwire import Reply
from portero.limits import AGI_COMMAND_SECONDS

When = float | datetime.datetime | time.struct_time
"""A time: seconds since 1970, or one of Python's own, in local time."""

# A variable or function that can stand inside ${}: nothing that begins another expression.
_NAME = re.compile(r"[\w().,:~-]+", re.ASCII)
_FOR_EVER = None


class AGICommands:
    """Mixed into what can send a `command`."""

    def command(
        self, verb: str, *arguments: object, seconds: float | None = AGI_COMMAND_SECONDS
    ) -> Deferred[Reply]:
        """Queue a command; fires with its reply, a 200, or fails with AGICommandFailure."""
        raise NotImplementedError

    # -- the channel

    def answer(self) -> Deferred[int]:
        """Answer the call; 0."""
        return self._number("ANSWER")

    def hangup(self, channel: str | None = None) -> Deferred[int]:
        """Hang up this channel, or another by its name; 1."""
        return self._number("HANGUP", *_given(channel))

    def channelStatus(self, channel: str | None = None) -> Deferred[int]:
        """0 down, 4 ringing, 5 the far end rings, 6 up, 7 busy."""
        return self._number("CHANNEL STATUS", *_given(channel))

    def execute(
        self,
        application: str,
        *options: object,
        comma_delimiter: bool = True,
        seconds: float | None = _FOR_EVER,
    ) -> Deferred[str]:
        """Run a dialplan application to its end; fires with its result, such as "0" or "-1".

        An option is not escaped for the application: a comma in it makes two.
        """
        joined = ("," if comma_delimiter else "|").join(map(str, options))
        arguments = (application, joined) if options else (application,)
        return self._text("EXEC", *arguments, failure="-2", seconds=seconds)

    def setAutoHangup(self, time: float) -> Deferred[int]:
        """Have Asterisk end the call in `time` seconds; 0 takes that back."""
        return self._number("SET AUTOHANGUP", int(time))

    def setCallerID(self, number: str) -> Deferred[int]:
        """Set the caller ID: `"name" <number>` or a number."""
        return self._number("SET CALLERID", number, failure="")

    def setContext(self, context: str) -> Deferred[int]:
        """The context where the dialplan goes on."""
        return self._number("SET CONTEXT", context, failure="")

    def setExtension(self, extension: str) -> Deferred[int]:
        """The extension where the dialplan goes on."""
        return self._number("SET EXTENSION", extension, failure="")

    def setPriority(self, priority: int | str) -> Deferred[int]:
        """The priority, or its label, where the dialplan goes on."""
        return self._number("SET PRIORITY", priority, failure="")

    def setMusic(self, on: bool = True, musicClass: str | None = None) -> Deferred[int]:
        """Music on hold on or off."""
        return self._number("SET MUSIC", "ON" if on else "OFF", *_given(musicClass), failure="")

    def tddMode(self, on: bool | None = True) -> Deferred[int]:
        """Text telephone mode: on, off, or (None) MATE."""
        mode = {True: "ON", False: "OFF", None: "MATE"}[on]
        return self._number("TDD MODE", mode, failure="0")

    # -- variables and Asterisk's database

    def getVariable(self, variable: str) -> Deferred[str]:
        """A channel variable; fails if it is not set. For text of strangers, see `getText`."""
        return self._value("GET VARIABLE", variable)

    def getFullVariable(self, expression: str, channel: str | None = None) -> Deferred[str]:
        """An expression such as `${CHANNEL(state)}`; '' where it has no value."""
        return self._value("GET FULL VARIABLE", expression, *_given(channel))

    def getText(self, variable: str) -> Deferred[str]:
        """A variable that a stranger may have written, whole whatever is in it; '' if not set.

        It crosses the wire URI-encoded: a bare value may hold what looks like its own end.
        """
        if not _NAME.fullmatch(variable):
            raise ValueError(f"{variable!r} is not the name of a variable")
        encoded = self._value("GET FULL VARIABLE", f"${{URIENCODE(${{{variable}}})}}")
        return encoded.addCallback(partial(unquote, errors="surrogateescape"))

    def setVariable(self, variable: str, value: object) -> Deferred[int]:
        """Set a channel variable; works on a dead channel too."""
        return self._number("SET VARIABLE", variable, value, failure="")

    def databaseGet(self, family: str, key: str) -> Deferred[str]:
        """A value; fails if there is none."""
        return self._value("DATABASE GET", family, key)

    def databaseSet(self, family: str, key: str, value: object) -> Deferred[int]:
        """Store a value; StarPy has `databasePut` for it too."""
        return self._number("DATABASE PUT", family, key, value, failure="0")

    databasePut = databaseSet

    def databaseDel(self, family: str, key: str) -> Deferred[int]:
        """Delete a value; fails if there is none."""
        return self._number("DATABASE DEL", family, key, failure="0")

    def databaseDeltree(self, family: str, keyTree: str | None = None) -> Deferred[int]:
        """Delete a family, or a tree in it."""
        return self._number("DATABASE DELTREE", family, *_given(keyTree), failure="0")

    # -- sound and keys

    def streamFile(
        self, filename: str, escapeDigits: str = "", offset: int = 0
    ) -> Deferred[Played]:
        """Play a file from `offset` samples on, until its end or one of the keys."""
        playing = self._heard("STREAM FILE", filename, escapeDigits, offset)
        return playing.addCallback(agiresults.as_played)

    def controlStreamFile(
        self,
        filename: str,
        escapeDigits: str,
        skipMS: int = 0,
        ffChar: str = "*",
        rewChar: str = "#",
        pauseChar: str | None = None,
    ) -> Deferred[Controlled]:
        """Play a file that the caller can wind, by `skipMS` milliseconds, and pause."""
        playing = self._heard(
            "CONTROL STREAM FILE",
            *(filename, escapeDigits, skipMS, ffChar, rewChar),
            *_given(pauseChar),
        )
        return playing.addCallback(agiresults.as_controlled)

    def playback(self, filename: str, doAnswer: int = 1) -> Deferred[int]:
        """Play a file by the application Playback.

        doAnswer: 1 answers first, 0 plays without, -1 plays only if the call is answered.
        """
        options = {1: (), 0: ("noanswer",), -1: ("skip",)}
        if doAnswer not in options:
            raise TypeError(f"doAnswer is -1, 0 or 1, not {doAnswer!r}")
        return self.execute("Playback", filename, *options[doAnswer]).addCallback(int)

    def getData(
        self, filename: str, timeout: float = 2.0, maxDigits: int | None = None
    ) -> Deferred[Gathered]:
        """Play a file and gather keys until none came for `timeout` seconds."""
        gathering = self._heard("GET DATA", filename, _milliseconds(timeout), *_given(maxDigits))
        return gathering.addCallback(agiresults.as_gathered)

    def getOption(
        self, filename: str, escapeDigits: str, timeout: float | None = None
    ) -> Deferred[Chosen]:
        """Play a file, and wait up to `timeout` seconds for one of the keys."""
        waiting = self._heard("GET OPTION", filename, escapeDigits, *_wait(timeout))
        return waiting.addCallback(agiresults.as_option)

    def recordFile(
        self,
        filename: str,
        format: str,
        escapeDigits: str,
        timeout: float = -1,
        offsetSamples: int | None = None,
        beep: bool = True,
        silence: int | None = None,
    ) -> Deferred[Recorded]:
        """Record until a key, for `timeout` seconds (-1: any time), or `silence` seconds of it."""
        recording = self.command(
            "RECORD FILE",
            *(filename, format, escapeDigits, _milliseconds(timeout)),
            *_given(offsetSamples),
            *(("BEEP",) if beep else ()),
            *(() if silence is None else (f"s={silence}",)),
            seconds=_FOR_EVER,
        )
        return recording.addCallback(agiresults.as_recorded)

    def waitForDigit(self, timeout: float) -> Deferred[int]:
        """The code of the next key within `timeout` seconds (-1: any time); 0 if none came."""
        waiting = self._heard("WAIT FOR DIGIT", _milliseconds(timeout))
        return waiting.addCallback(agiresults.as_number)

    # -- saying; each fires with the code of the key that ended it, 0 for none

    def sayAlpha(self, string: str, escapeDigits: str | None = None) -> Deferred[int]:
        """Spell a string."""
        return self._say("ALPHA", "".join(filter(str.isalnum, string)), escapeDigits)

    def sayDate(self, date: When, escapeDigits: str | None = None) -> Deferred[int]:
        """Say a date."""
        return self._say("DATE", _epoch(date), escapeDigits)

    def sayDigits(self, number: object, escapeDigits: str | None = None) -> Deferred[int]:
        """Say digit by digit."""
        return self._say("DIGITS", "".join(filter(str.isdigit, str(number))), escapeDigits)

    def sayNumber(self, number: int | str, escapeDigits: str | None = None) -> Deferred[int]:
        """Say a number."""
        return self._say("NUMBER", int(number), escapeDigits)

    def sayPhonetic(self, string: str, escapeDigits: str | None = None) -> Deferred[int]:
        """Spell a string in the phonetic alphabet."""
        return self._say("PHONETIC", "".join(filter(str.isalnum, string)), escapeDigits)

    def sayTime(self, time: When, escapeDigits: str | None = None) -> Deferred[int]:
        """Say the time of day."""
        return self._say("TIME", _epoch(time), escapeDigits)

    def sayDateTime(
        self,
        time: When,
        escapeDigits: str = "",
        format: str | None = None,
        timezone: str | None = None,
    ) -> Deferred[int]:
        """Say date and time; `format` as of the application SayUnixTime."""
        extra = _given(format) + (_given(timezone) if format is not None else ())
        return self._say("DATETIME", _epoch(time), escapeDigits, *extra)

    # -- text, images, the console

    def receiveChar(self, timeout: float | None = None) -> Deferred[Gathered]:
        """A character, on channels that have text."""
        return self._heard("RECEIVE CHAR", *_wait(timeout)).addCallback(agiresults.as_gathered)

    def receiveText(self, timeout: float | None = None) -> Deferred[str]:
        """A line of text, unaltered (as Asterisk replies it), on channels that have text."""
        return self._heard("RECEIVE TEXT", *_wait(timeout)).addCallback(agiresults.as_text)

    def sendText(self, text: str) -> Deferred[int]:
        """Send text, on channels that have it."""
        return self._number("SEND TEXT", text)

    def sendImage(self, filename: str) -> Deferred[int]:
        """Send an image, on channels that have images."""
        return self._number("SEND IMAGE", filename)

    def noop(self, message: str | None = None) -> Deferred[int]:
        """Do nothing, in sight of the console."""
        return self._number("NOOP", *_given(message))

    def verbose(self, message: str, level: int | None = None) -> Deferred[int]:
        """Write to Asterisk's console, at level 1 to 4."""
        return self._number("VERBOSE", message, *_given(level), failure="")

    # -- the kinds of command

    def _checked(
        self, verb: str, *arguments: object, failure: str, **options: Any
    ) -> Deferred[Reply]:
        """A command that tells by its result whether it failed."""
        reply = self.command(verb, *arguments, **options)
        return reply.addCallback(partial(agiresults.unless, failure, verb))

    def _number(self, verb: str, *arguments: object, failure: str = "-1") -> Deferred[int]:
        reply = self._checked(verb, *arguments, failure=failure)
        return reply.addCallback(agiresults.as_number)

    def _text(self, verb: str, *arguments: object, **options: Any) -> Deferred[str]:
        return self._checked(verb, *arguments, **options).addCallback(agiresults.as_text)

    def _value(self, verb: str, *arguments: object) -> Deferred[str]:
        return self._checked(verb, *arguments, failure="0").addCallback(agiresults.as_value)

    def _heard(self, verb: str, *arguments: object) -> Deferred[Reply]:
        return self._checked(verb, *arguments, failure="-1", seconds=_FOR_EVER)

    def _say(
        self, what: str, value: object, escapeDigits: str | None, *extra: object
    ) -> Deferred[int]:
        saying = self._heard(f"SAY {what}", value, escapeDigits or "", *extra)
        return saying.addCallback(agiresults.as_number)


def _given(value: object) -> tuple[object, ...]:
    return () if value is None else (value,)


def _wait(timeout: float | None) -> tuple[object, ...]:
    return () if timeout is None else (_milliseconds(timeout),)


def _milliseconds(seconds: float) -> int:
    """-1, which stands for ever, has no unit."""
    return -1 if seconds < 0 else round(seconds * 1000)


def _epoch(when: When) -> int:
    if isinstance(when, datetime.datetime):
        return int(when.timestamp())
    return int(time.mktime(when) if isinstance(when, time.struct_time) else when)
