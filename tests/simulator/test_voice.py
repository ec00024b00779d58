"""The sound of the stand-ins: codecs, rates, pauses, the voice and the ear.

soxr and audioop are the judges, so that our code is not compared with itself.
"""

from __future__ import annotations

import warnings
import wave
from pathlib import Path

import numpy as np
import pytest
import soxr
from realtime_bench import PCM, PCMA, PCMU, Bench

from twisted.internet.defer import maybeDeferred

from portero.errors import PorteroError
from portero.limits import VOICE_CACHE_LINES, VOICE_PAUSE_MS
from portero.simulator.conversation_script import Babble, Recording, Tone
from portero.simulator.energy import SpeechDetector, SpeechStarted, SpeechStopped
from portero.simulator.sound import Samples, decode, encode, read_wav, resample, rms, tighten, tone
from portero.simulator.voice import Voice

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    audioop = pytest.importorskip("audioop")

LINE = "Soy María López, vengo con Juan Pérez."
EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)


def spoken(
    text: str, rate: int = 24_000, sound: Tone | Recording | Babble | None = None
) -> Samples:
    out: list[Samples] = []
    Voice(maybeDeferred).render(text, sound, rate=rate).addCallback(out.append)
    return out[0]


@pytest.mark.parametrize(
    ("name", "expand"), [("audio/pcmu", audioop.ulaw2lin), ("audio/pcma", audioop.alaw2lin)]
)
def test_g711(name: str, expand: object) -> None:
    codes = bytes(range(256))
    assert decode(codes, name).tobytes() == expand(codes, 2)  # type: ignore[operator]
    levels = np.unique(decode(codes, name).astype(int))
    nearest = np.abs(EVERY_SAMPLE[:, None].astype(int) - levels[None, :]).min(axis=1)
    told = np.abs(decode(encode(EVERY_SAMPLE, name), name).astype(int) - EVERY_SAMPLE)
    assert (told == nearest).all()


@pytest.mark.parametrize(
    ("from_rate", "to_rate"), [(16000, 24000), (16000, 8000), (24000, 8000), (8000, 24000)]
)
def test_resampling_is_as_good_as_soxr(from_rate: int, to_rate: int) -> None:
    source = tone(1000, 0.5, -6, from_rate)
    ours = resample(source, from_rate, to_rate).astype(float)
    judge = soxr.resample(source, from_rate, to_rate, quality="VHQ").astype(float)
    assert len(ours) == len(judge)
    middle = slice(len(ours) // 4, -len(ours) // 4)
    error = ours[middle] - judge[middle]
    assert 20 * np.log10(np.std(ours[middle]) / np.std(error)) > 60


def test_what_the_lower_rate_can_not_carry_is_gone() -> None:
    assert rms(resample(tone(5000, 0.5, -6, 24_000), 24_000, 8_000)[500:-500]) < 20


def test_a_tone_has_its_pitch_level_and_length() -> None:
    samples = spoken("tono", sound=Tone(440, 2.0, -20)).astype(float)
    assert len(samples) == 48_000
    assert np.argmax(np.abs(np.fft.rfft(samples))) / 2.0 == pytest.approx(440)
    level = 20 * np.log10(np.sqrt(np.mean(samples**2)) * np.sqrt(2) / 32767)
    assert level == pytest.approx(-20, abs=0.1)


def test_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        left = tone(400, 1.0, -10, 8000)
        file.writeframes(np.column_stack([left, left]).astype("<i2").tobytes())
    assert len(spoken("x", sound=Recording(path))) == 24_000
    assert np.array_equal(read_wav(path, 8000), left)
    path.write_bytes(b"RIFFnothing")
    with pytest.raises(PorteroError, match=r"stereo\.wav: no WAV"):
        read_wav(path, 8000)


def test_a_spoken_line_is_one_turn_to_a_quick_detector() -> None:
    samples = spoken(LINE, 8000)
    quiet = np.zeros(8000, np.int16)
    detector = SpeechDetector(8000, silence_duration_ms=200)
    events = detector.feed(np.concatenate([quiet, samples, quiet]))
    assert [type(event) for event in events] == [SpeechStarted, SpeechStopped]
    assert 1.0 < len(samples) / 8000 < 4.0
    assert np.abs(samples).max() < 32767  # not clipped


def longest_quiet(samples: Samples, rate: int) -> float:
    """In ms, between two loud places."""
    blocks = rms(samples[: len(samples) // (rate // 100) * (rate // 100)].reshape(-1, rate // 100))
    loud = np.flatnonzero(blocks > blocks.max() * 0.02)
    return float(np.diff(loud).max() - 1) * 10


@pytest.mark.parametrize("pause", [VOICE_PAUSE_MS - 50, VOICE_PAUSE_MS, VOICE_PAUSE_MS + 500])
def test_pauses_inside_a_line_are_short_ones(pause: int) -> None:
    word, quiet = tone(400, 0.3, -10, 16_000), np.zeros(16 * pause, np.int16)
    line = tighten(np.concatenate([word, quiet, word]), 16_000, VOICE_PAUSE_MS)
    assert longest_quiet(line, 16_000) == min(pause, VOICE_PAUSE_MS)


def test_a_line_is_synthesised_once() -> None:
    jobs: list[Samples] = []

    def elsewhere(job: object) -> object:
        return maybeDeferred(job).addCallback(lambda made: jobs.append(made) or made)  # type: ignore[arg-type]

    voice = Voice(elsewhere)  # type: ignore[arg-type]
    for _ in range(2):
        voice.render(LINE, rate=24_000)
    assert jobs[0] is jobs[1]


def test_only_so_many_lines_are_kept() -> None:
    voice = Voice(maybeDeferred)
    made: list[Samples] = []

    def render(number: int) -> None:
        voice.render(str(number), Tone(100, 0.01), rate=8000).addCallback(made.append)

    for number in range(VOICE_CACHE_LINES + 1):
        render(number)
    render(0)
    render(VOICE_CACHE_LINES)
    assert made[-2] is not made[0]
    assert made[-1] is made[VOICE_CACHE_LINES]


def test_babble_fills_its_time() -> None:
    assert len(spoken(LINE, sound=Babble(10.0))) == 240_000


def test_the_detector_does_not_care_about_the_size_of_pieces() -> None:
    sound = np.concatenate([np.zeros(12_345, np.int16), tone(300, 1.0, -12, 24_000)])
    sound = np.concatenate([sound, np.zeros(24_000, np.int16)])
    whole = SpeechDetector(24_000).feed(sound)
    assert len(whole) == 2
    for size in (37, 480, 961, 5000):
        detector = SpeechDetector(24_000)
        pieces = (sound[start : start + size] for start in range(0, len(sound), size))
        assert [event for piece in pieces for event in detector.feed(piece)] == whole


def test_a_click_and_noise_are_no_speech() -> None:
    click = np.zeros(24_000, np.int16)
    click[5000:5480] = 20_000
    noise = np.random.default_rng(1).integers(-100, 100, 24_000).astype(np.int16)
    detector = SpeechDetector(24_000)
    assert detector.feed(click) == []
    assert detector.feed(noise) == []


def test_padding_does_not_reach_into_the_turn_before() -> None:
    detector = SpeechDetector(8000, prefix_padding_ms=1000, silence_duration_ms=100)
    word = tone(300, 0.5, -12, 8000)
    quiet = np.zeros(1600, np.int16)
    events = detector.feed(np.concatenate([word, quiet, word, quiet]))
    assert isinstance(events[1], SpeechStopped)
    assert events[2] == SpeechStarted(events[1].audio_end_ms)


@pytest.mark.parametrize("audio_format", [PCM, PCMU, PCMA])
def test_a_session_keeps_what_it_heard(audio_format: dict[str, object]) -> None:
    bench = Bench()
    bench.set_up(audio_format, turn_detection=None)
    bench.speak(1.0)
    heard = bench.session.heard_pcm24.astype(float)
    expected = tone(300, 1.0, -12, 24_000).astype(float)
    assert len(heard) == 24_000
    middle = slice(2000, -2000)
    assert np.std(heard[middle] - expected[middle]) < np.std(expected) / 30


def test_english_is_spoken_by_another_voice() -> None:
    """Spelled out in Spanish, as it is written, the sentence takes longer."""
    came: list[Samples] = []
    for language in ("es-MX", "en-US"):
        voice = Voice(maybeDeferred, language=language)
        voice.render("Good evening.", rate=8000).addCallback(came.append)
    spanish, english = map(len, came)
    assert spanish > 1.2 * english, (spanish, english)
