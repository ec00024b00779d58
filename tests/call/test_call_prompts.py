"""Prompts: what is spoken, what is kept, and what is played where there is no voice."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest
import pytest_twisted

from twisted.internet.defer import succeed

from portero import messages
from portero.call.prompts import Prompts
from portero.call.sounds import STOCK, speakable
from portero.config.settings import PromptSettings
from portero.limits import PROMPT_NAME_CHARS

SOUND = b"\x01\x02" * 160


class Speaker:
    """A voice that remembers what it said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def __call__(self, sentence: str, voice: str) -> bytes:
        self.said.append((sentence, voice))
        return SOUND


def prompts(folder: Path, speak: object) -> Prompts:
    settings = PromptSettings(folder=str(folder), seen_as="/mnt/sounds")
    return Prompts(settings, lambda job: succeed(job()), speak=speak)  # type: ignore[arg-type]


@pytest_twisted.ensureDeferred
async def test_a_sentence_is_spoken_once_and_kept(tmp_path: Path) -> None:
    speaker = Speaker()

    (first,) = await prompts(tmp_path, speaker).files("keypad_menu", "es-MX")
    (again,) = await prompts(tmp_path, speaker).files("keypad_menu", "es-MX")

    assert first == again
    assert first.startswith("/mnt/sounds/")
    assert speaker.said == [(messages.text("prompt_keypad_menu", "es"), "es-ES")]
    (file,) = tmp_path.iterdir()
    with wave.open(str(file)) as reader:
        assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (
            16000,
            1,
            2,
        )
        assert reader.readframes(1000) == SOUND
    assert file.stat().st_mode & 0o044 == 0o044  # Asterisk is another user


@pytest_twisted.ensureDeferred
async def test_english_has_a_voice_of_its_own(tmp_path: Path) -> None:
    speaker = Speaker()

    await prompts(tmp_path, speaker).files("goodbye", "en-US")

    assert speaker.said == [("Goodbye.", "en-US")]


@pytest_twisted.ensureDeferred
async def test_a_name_is_gone_with_its_call(tmp_path: Path) -> None:
    made = prompts(tmp_path, Speaker())
    kept = await made.files("goodbye", "es")
    named = await made.files("visitor_named", "es", name="Juan")
    assert len(list(tmp_path.iterdir())) == 2

    made.forget(named)
    made.forget(kept)

    (left,) = tmp_path.iterdir()
    assert left.stem == kept[0].rpartition("/")[2]


@pytest_twisted.ensureDeferred
async def test_names_of_an_earlier_run_are_swept(tmp_path: Path) -> None:
    made = prompts(tmp_path, Speaker())
    await made.files("visitor_named", "es", name="Juan")
    (tmp_path / "of-somebody-else.wav").touch()

    made.clean()

    assert [file.name for file in tmp_path.iterdir()] == ["of-somebody-else.wav"]


@pytest.mark.parametrize("folder", ["there", "missing"])
@pytest_twisted.ensureDeferred
async def test_without_a_voice_or_a_folder_asterisk_plays_its_own(
    tmp_path: Path, folder: str
) -> None:
    def voiceless(sentence: str, voice: str) -> bytes:
        raise ImportError("py_nanotts")

    (tmp_path / "there").mkdir()
    speak = voiceless if folder == "there" else Speaker()

    assert await prompts(tmp_path / folder, speak).files("goodbye", "es") == ("vm-goodbye",)


def test_each_prompt_has_its_words_and_its_stock_sounds() -> None:
    texts = {key for key in messages.CATALOGUE if key[:7] == "prompt_"}

    assert texts == set(STOCK)


def test_only_letters_of_a_name_are_spoken() -> None:
    assert speakable("  Juan\n<b>2</b> Pérez; ls ") == "Juan b b Pérez ls"
    assert speakable("123 #*") == ""
    assert len(speakable("a" * 500)) == PROMPT_NAME_CHARS
