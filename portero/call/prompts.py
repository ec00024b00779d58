"""What Asterisk plays: our own sentences as sound files, or its own sounds without a voice."""

from __future__ import annotations

import hashlib
import os
import secrets
import wave
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorThreads
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from portero import messages
from portero.asterisk.fastagi import FastAGIProtocol
from portero.call.sounds import STOCK, speakable
from portero.config.settings import PromptSettings

Job = Callable[[], str]
Speak = Callable[[str, str], bytes]
"""A sentence and a voice's language, to 16 kHz signed 16 bit little-endian; may block."""

RATE: Final = 16_000
SUFFIX: Final = ".wav16"  # Asterisk takes it down to 8 kHz where a phone needs that
_KEPT, _PASSING = "prompt-", "visit-"
_VOICES: Final = {"en": "en-US"}


def nanotts(sentence: str, voice: str) -> bytes:
    """Speak with py-nanotts, an extra: 3 s of speech take 30 ms. Raises ImportError without it."""
    from py_nanotts import NanoTTS

    return bytes(NanoTTS().speak(sentence, voice=voice))


class Prompts:
    """Finds or makes the files of a prompt; it owns those in its folder.

    Sentences without a name are kept by what they say. Those with a visitor's name get a name
    that nobody can guess, and are gone when the call is (`forget`), or at the next start.
    """

    _log = Logger()

    def __init__(
        self,
        settings: PromptSettings,
        elsewhere: Callable[[Job], Deferred[str]],
        *,
        speak: Speak = nanotts,
    ) -> None:
        """`elsewhere` runs what may block, in a thread."""
        self._folder = Path(settings.folder) if settings.folder else None
        self._seen_as = settings.seen_as or settings.folder
        self._elsewhere = elsewhere
        self._speak = speak
        self._one_voice = Lock()  # the library's engine is one for the process
        self._passing: set[str] = set()

    @classmethod
    def in_threads_of(cls, reactor: IReactorThreads, settings: PromptSettings) -> Prompts:
        """Prompts that are made in the thread pool of `reactor`."""
        pool = reactor.getThreadPool()
        return cls(settings, lambda job: deferToThreadPool(reactor, pool, job))

    def clean(self) -> None:
        """Remove what an earlier run left: visitors' names, and files that it did not finish."""
        if self._folder is not None:
            for left in (f"{_PASSING}*{SUFFIX}", f".{_PASSING}*", f".{_KEPT}*"):
                for file in self._folder.glob(left):
                    file.unlink(missing_ok=True)

    async def files(self, word: str, language: str, *, name: str = "") -> tuple[str, ...]:
        """What STREAM FILE plays for a prompt, one after the other.

        Without a folder or a voice, Asterisk's own sounds. `name` is spoken in it, letters only.
        """
        spoken = speakable(name)
        values = {"name": spoken} if spoken else {}
        sentence = messages.text(f"prompt_{word}", language, **values)
        made = await self._made(sentence, language, passing=bool(spoken))
        return (made,) if made else STOCK[f"prompt_{word}"]

    async def own(self, sentence: str, language: str) -> tuple[str, ...]:
        """What plays a sentence of the settings; nothing without a folder or a voice."""
        made = await self._made(sentence, language, passing=False)
        return (made,) if made else ()

    async def _made(self, sentence: str, language: str, *, passing: bool) -> str:
        """What plays a sentence, or "" where it can't be spoken."""
        folder = self._folder
        if folder is None:
            return ""
        voice = _VOICES.get(language[:2].lower(), "es-ES")
        try:
            made = await self._elsewhere(lambda: self._make(folder, sentence, voice, passing))
        except ImportError:
            self._tell("no voice is installed: pip install 'portero[prompts]'")
            self._folder = None
        except OSError as error:
            self._tell(f"asterisk.prompts.folder: {error.strerror}: {self._folder}")
        else:
            if passing:
                self._passing.add(made)
            return f"{self._seen_as}/{made}"
        return ""

    def forget(self, files: tuple[str, ...]) -> None:
        """The call is over: the files with its visitor's name are deleted."""
        for file in files:
            made = file.rpartition("/")[2]
            if made in self._passing and self._folder is not None:
                self._passing.discard(made)
                (self._folder / (made + SUFFIX)).unlink(missing_ok=True)

    def _tell(self, why: str) -> None:
        self._log.warn("prompts: {why}; Asterisk's own sounds are played instead", why=why)

    def _make(self, folder: Path, sentence: str, voice: str, passing: bool) -> str:
        """In a thread: the name of the file that says it, which is whole once it has that name."""
        said = hashlib.sha256(f"{voice}\n{sentence}".encode()).hexdigest()[:32]
        made = _PASSING + secrets.token_hex(16) if passing else _KEPT + said
        file = folder / (made + SUFFIX)
        if file.exists():
            return made
        with self._one_voice:
            sound = self._speak(sentence, voice)
        unfinished = folder / f".{made}.{secrets.token_hex(4)}"
        with unfinished.open("wb") as opened, wave.open(opened, "wb") as writer:
            writer.setparams((1, 2, RATE, 0, "NONE", ""))
            writer.writeframes(sound)
        unfinished.chmod(0o644)  # Asterisk is another user
        os.replace(unfinished, file)
        return made


async def play(agi: FastAGIProtocol, files: tuple[str, ...], keys: str = "") -> str:
    """Play one file after the other; the key of `keys` that stopped it, or ""."""
    for file in files:
        stopped = await agi.streamFile(file, keys)
        if stopped.digit:
            return chr(stopped.digit)
    return ""


async def speak_as(agi: FastAGIProtocol, language: str) -> None:
    """Have Asterisk's own sounds in English for who speaks it; the dialplan says which Spanish."""
    if language[:2].lower() == "en":
        await agi.setVariable("CHANNEL(language)", "en")
