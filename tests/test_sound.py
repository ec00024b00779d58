"""The measuring tools measure right: each is shown a sound with a known fault."""

from __future__ import annotations

import numpy as np
import pytest
import sound

RATE = 16000


def test_level_of_a_tone_is_what_was_asked_for() -> None:
    assert sound.level_dbfs(sound.tone(1000, 1, RATE, -15)) == pytest.approx(-15, abs=0.01)


def test_a_full_scale_sine_is_3_db_below_full_scale() -> None:
    full = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    assert sound.level_dbfs(full) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("nothing", [sound.silence(0.1, RATE), sound.silence(0, RATE)])
def test_silence_has_a_level_too(nothing: sound.Samples) -> None:
    assert sound.level_dbfs(nothing) == sound.SILENT_DBFS


@pytest.mark.parametrize("hertz", [200.3, 440.0, 1000.0, 4999.5])
def test_pitch(hertz: float) -> None:
    assert sound.pitch_hz(sound.tone(hertz, 0.2, RATE), RATE) == pytest.approx(hertz, abs=0.3)


def test_pitch_in_noise() -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, RATE)
    assert sound.pitch_hz(sound.tone(1000, 1, RATE, -20) + noise, RATE) == pytest.approx(
        1000, abs=1
    )


def test_the_level_of_one_tone_among_others() -> None:
    both = sound.tone(1000, 1, RATE, -15) + sound.tone(3000, 1, RATE, -25)
    assert sound.tone_level_dbfs(both, 3000, RATE) == pytest.approx(-25, abs=0.1)
    assert sound.tone_level_dbfs(both, 2000, RATE) < -80


def test_sounding_cuts_the_silence_on_both_sides() -> None:
    quiet = sound.silence(0.3, RATE)
    padded = np.concatenate((quiet, sound.tone(1000, 0.5, RATE), quiet))
    assert len(sound.sounding(padded, RATE)) / RATE == pytest.approx(0.5, abs=0.01)


def test_nothing_sounds_in_silence() -> None:
    assert len(sound.sounding(sound.silence(1, RATE), RATE)) == 0


def test_an_unbroken_tone_has_no_gap_and_no_click() -> None:
    tone = sound.tone(1000, 1, RATE)
    assert sound.gaps_ms(tone, RATE) == []
    assert sound.clicks(tone, 1000, RATE) == []


def test_a_missing_frame_is_a_gap() -> None:
    tone = sound.tone(1000, 1, RATE)
    tone[8000:8320] = 0
    assert sound.gaps_ms(tone, RATE) == [20]


@pytest.mark.parametrize("lost", [1, 5, 100])
def test_lost_samples_are_a_click(lost: int) -> None:
    tone = sound.tone(1000, 1, RATE)
    (moment,) = sound.clicks(np.concatenate((tone[:8003], tone[8003 + lost :])), 1000, RATE)
    assert moment == pytest.approx(0.5, abs=0.001)


def test_a_doubled_frame_is_a_click() -> None:
    tone = sound.tone(730, 1, RATE)
    doubled = np.concatenate((tone[:8320], tone[8000:]))
    assert len(sound.clicks(doubled, 730, RATE)) == 1


def test_whole_periods_lost_at_once_go_unnoticed() -> None:
    """The limit of the method: choose a pitch that does not divide the frame."""
    tone = sound.tone(1000, 1, RATE)
    assert sound.clicks(np.concatenate((tone[:8000], tone[8320:])), 1000, RATE) == []


def test_likeness_finds_the_same_sound_later_and_quieter() -> None:
    noise = np.random.default_rng(2).normal(0, 0.1, RATE)
    later = np.concatenate((sound.silence(0.7, RATE), 0.2 * noise))
    other = np.random.default_rng(3).normal(0, 0.1, RATE)
    assert sound.likeness(later, noise) > 0.99
    assert sound.likeness(other, noise) < 0.1


def test_g711_keeps_a_tone() -> None:
    tone = sound.tone(1000, 0.5, 8000)
    for encode, decode in (
        (sound.to_ulaw, sound.from_ulaw),
        (sound.to_alaw, sound.from_alaw),
    ):
        assert sound.level_dbfs(decode(encode(tone)) - tone) < -50


def test_g711_known_codes() -> None:
    """ITU-T G.711: the ends of both scales, and their smallest steps."""
    assert (sound.from_ulaw(bytes([0x80, 0x00, 0xFF])) * 32768).tolist() == [32124, -32124, 0]
    assert (sound.from_alaw(bytes([0xAA, 0x2A, 0xD5])) * 32768).tolist() == [32256, -32256, 8]


def test_a_sound_is_found_where_it_is_with_its_level() -> None:
    said = np.random.default_rng(2).normal(0, 0.1, RATE)
    heard = np.concatenate([sound.silence(0.3, RATE), said * 2, sound.silence(0.2, RATE)])
    match = sound.find(heard, said)
    assert match.start == 0.3 * RATE
    assert match.likeness == pytest.approx(1)
    assert match.error_db == pytest.approx(6.02, abs=0.01)


def test_another_sound_is_not_found() -> None:
    noises = np.random.default_rng(3).normal(0, 0.1, (2, RATE))
    assert sound.find(noises[0], noises[1]).likeness < 0.1
    assert sound.find(sound.silence(2, RATE), noises[1]).likeness == 0


def test_a_sound_upside_down_is_not_itself() -> None:
    said = np.random.default_rng(4).normal(0, 0.1, RATE)
    assert sound.find(-said, said).likeness < 0.1


def test_a_hole_shows_in_one_piece_and_shifts_those_behind_it() -> None:
    said = np.random.default_rng(5).normal(0, 0.1, RATE)
    heard = np.concatenate([said[:4000], sound.silence(0.02, RATE), said[4000:]])
    pieces = sound.find_pieces(heard, said, RATE)
    assert len(pieces) == 5
    shifts = [piece.start for piece in pieces if piece.likeness > 0.99]
    assert len(shifts) == 4
    assert max(shifts) - min(shifts) == 0.02 * RATE
