"""The noise gate, and the levels of G.711."""

from __future__ import annotations

import numpy as np
import pytest
from phone_side import tone

from portero.limits import GATE_HOLD_FRAMES
from portero.media.coding import g711_levels
from portero.media.convert import uplink
from portero.media.formats import PCMA, PCMU, RTP_FORMATS
from portero.media.noise import NoiseGate

LOUD = tone(16000, 1000, 320, 2000).astype(np.float32)
SOFT = tone(16000, 1000, 320, 100).astype(np.float32)


def test_only_frames_below_the_threshold_are_closed() -> None:
    gate = NoiseGate(2000 / np.sqrt(2) - 1)
    gate.add()
    gate.add()
    assert gate.closed(np.stack([LOUD, SOFT])).tolist() == [False, True]


def test_the_end_of_a_word_is_kept_and_then_it_is_silent() -> None:
    gate = NoiseGate(500)
    gate.add()
    gate.closed(LOUD[np.newaxis])
    closed = [bool(gate.closed(SOFT[np.newaxis])[0]) for _ in range(GATE_HOLD_FRAMES + 1)]
    assert closed == [False] * GATE_HOLD_FRAMES + [True]


def test_a_new_call_does_not_find_the_gate_open() -> None:
    gate = NoiseGate(500)
    for _ in range(2):
        gate.add()
    gate.closed(np.stack([LOUD, LOUD]))
    gate.remove(0)
    gate.add()
    assert gate.closed(np.stack([SOFT, SOFT])).tolist() == [False, True]


def test_a_changed_threshold_counts_for_the_calls_that_come_from_now_on() -> None:
    gate = NoiseGate(0)
    gate.add()
    assert not gate.wanted
    gate.threshold = 500
    gate.add()
    assert gate.wanted
    assert gate.closed(np.stack([SOFT, SOFT])).tolist() == [False, True]
    gate.remove(0)
    assert gate.closed(SOFT[np.newaxis]).tolist() == [True]


@pytest.mark.parametrize(
    ("session", "levels"),
    [
        # ITU-T G.711, tables 2a and 1a, times 4 and 8: what all 16 bit decoders give.
        (PCMU, {0x00: -32124, 0x7F: 0, 0x80: 32124, 0xFF: 0, 0xF0: 120, 0x70: -120}),
        (PCMA, {0x2A: -32256, 0xAA: 32256, 0xD5: 8, 0x55: -8, 0xC5: 264}),
    ],
)
def test_levels_of_the_two_laws(session: object, levels: dict[int, int]) -> None:
    table = g711_levels(session)  # type: ignore[arg-type]
    assert {code: int(table[code]) for code in levels} == levels
    assert len(set(table.tolist())) >= 255


@pytest.mark.parametrize(("name", "silence"), [("ulaw", 0xFF), ("alaw", 0xD5)])
def test_noise_in_g711_becomes_the_silence_of_its_law(name: str, silence: int) -> None:
    leg = RTP_FORMATS[name]
    converter = uplink(leg, 500)
    for _ in range(3):
        converter.add()
    loud = bytes([0x90, 0x10] * 80)
    soft = bytes([silence ^ 0x03, silence] * 80)
    quiet = bytes([silence] * 160)
    assert list(converter.convert([loud, soft, None], [0, 1, 2])) == [loud, quiet, quiet]
    assert converter.gated == [1, 2]


def test_without_a_threshold_nothing_is_touched() -> None:
    converter = uplink(RTP_FORMATS["ulaw"], 0)
    converter.add()
    soft = b"\xfe" * 160
    assert list(converter.convert([soft], [0])) == [soft]
    assert converter.gated == ()
