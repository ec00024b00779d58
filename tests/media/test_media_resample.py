"""Quality of the resampler, against its purpose and against soxr."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import soxr
from phone_side import rms, tone

from portero.media.resample import Resampler

PAIRS = [(16000, 24000), (8000, 24000), (24000, 16000), (24000, 8000)]


def stream(source: int, target: int, sound: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
    """Resample frame by frame."""
    resampler = Resampler(source, target)
    resampler.add()
    frames = sound.reshape(-1, source // 50)
    return np.concatenate([resampler.process(frame[np.newaxis])[0] for frame in frames])


def signal_to_noise(sound: npt.NDArray[np.float32], rate: int, frequency: float) -> float:
    """In dB: the best sine of that frequency against all that is not it."""
    at = np.arange(len(sound)) / rate
    basis = np.stack([np.sin(2 * np.pi * frequency * at), np.cos(2 * np.pi * frequency * at)])
    best = np.linalg.lstsq(basis.T, sound.astype(np.float64), rcond=None)[0] @ basis
    return 20 * float(np.log10(rms(best) / rms(sound - best)))


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_tone_stays_a_tone(source: int, target: int) -> None:
    sound = stream(source, target, tone(source, 1000, source))
    steady = np.rint(sound[target // 10 :])
    assert signal_to_noise(steady, target, 1000) > 70
    assert rms(steady) == pytest.approx(8000 / np.sqrt(2), rel=0.005)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_sound_is_held_back_by_less_than_1500_us(source: int, target: int) -> None:
    impulse = np.zeros(source // 10, np.int16)
    impulse[source // 50] = 10000  # at 20 ms
    peak = int(np.argmax(stream(source, target, impulse))) / target * 1000 - 20
    assert peak < 1.5 + 1000 / target / 2
    assert Resampler(source, target).delay_ms < 1.5


@pytest.mark.parametrize(
    ("source", "target", "frequency"),
    [(24000, 16000, 9000), (24000, 16000, 11000), (24000, 8000, 4700), (24000, 8000, 7000)],
)
def test_what_would_fold_back_is_rejected(source: int, target: int, frequency: float) -> None:
    sound = stream(source, target, tone(source, frequency, source, 16000))
    assert 20 * np.log10(rms(sound[target // 10 :]) / (16000 / np.sqrt(2))) < -60


@pytest.mark.parametrize(
    ("source", "target", "frequency"),
    [(16000, 24000, 7000), (24000, 16000, 7000), (8000, 24000, 3100), (24000, 8000, 3100)],
)
def test_speech_up_to_the_edge_of_the_band_is_kept(
    source: int, target: int, frequency: float
) -> None:
    sound = stream(source, target, tone(source, frequency, source))
    assert abs(20 * np.log10(rms(sound[target // 10 :]) / (8000 / np.sqrt(2)))) < 0.5


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_it_agrees_with_soxr_across_frame_edges(source: int, target: int) -> None:
    rng = np.random.default_rng(1)
    speech_band = sum(
        tone(source, frequency, source, 1500) * rng.choice([-1, 1])
        for frequency in (310.7, 733.1, 1471.9, 2603.3, 2999.3)
    )
    assert isinstance(speech_band, np.ndarray)
    ours = stream(source, target, speech_band.astype(np.int16))
    # soxr has no delay: shift the input by ours, in the frequency domain.
    shift = Resampler(source, target).delay_ms / 1000
    spectrum = np.fft.rfft(speech_band)
    bins = np.fft.rfftfreq(source, 1 / source)
    shifted = np.fft.irfft(spectrum * np.exp(-2j * np.pi * bins * shift), source)
    theirs = soxr.resample(shifted, source, target, quality="VHQ")
    middle = slice(target // 10, -target // 10)
    error = ours[middle] - theirs[middle]
    assert 20 * np.log10(rms(theirs[middle]) / rms(error)) > 50
    assert np.abs(error).max() < 40  # of 7500: no click at any of the 40 frame edges


def test_rows_are_calls_of_their_own() -> None:
    resampler = Resampler(16000, 24000)
    for _ in range(3):
        resampler.add()
    sounds = [tone(16000, frequency, 3200) for frequency in (300, 700, 1900)]
    expected = [stream(16000, 24000, sound) for sound in sounds]
    got: list[list[npt.NDArray[np.float32]]] = [[], [], []]
    alive = [0, 1, 2]
    for frame in range(10):
        if frame == 5:
            resampler.remove(1)
            resampler.add()
            alive = [0, 2]
        rows = [sounds[call][frame * 320 :][:320] for call in alive]
        rows += [np.zeros(320, np.int16)] * (3 - len(rows))
        result = resampler.process(np.stack(rows))
        for row, call in enumerate(alive):
            got[call].append(result[row].copy())
    np.testing.assert_allclose(np.concatenate(got[0]), expected[0], atol=0.01)
    np.testing.assert_allclose(np.concatenate(got[2]), expected[2], atol=0.01)
    assert not result[2].any()  # a new call does not hear the end of another one
