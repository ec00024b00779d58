"""The media end of the stand-in: what Asterisk sends, what it drops, and what a phone hears."""

from __future__ import annotations

import struct
from random import Random

import numpy as np
import pytest
from phone_bench import Door

from portero.simulator.phone_recording import Gap, PhoneRecording
from portero.simulator.phone_rtp import Network, RtpReceiver, RtpSender
from portero.simulator.phone_sound import FORMATS, Clip, rtp_decoder, rtp_frames
from portero.simulator.phone_visit import Phone
from portero.simulator.sound import tone

DIAL = 'EXEC Dial "UnicastRTP/127.0.0.1:21000/c({}),30,g"'


def rtp(payload_type: int, payload: bytes, number: int = 1) -> bytes:
    return struct.pack("!BBHII", 0x80, payload_type, number, 0, 7) + payload


@pytest.mark.parametrize(
    ("name", "payload_type", "size", "ticks"),
    [
        ("slin16", 118, 12 + 640, 320),
        ("slin24", 123, 12 + 960, 480),
        ("slin48", 126, 12 + 1920, 960),
        ("slin", 10, 12 + 320, 160),
        ("ulaw", 0, 12 + 160, 160),
        ("alaw", 8, 12 + 160, 160),
        ("g722", 9, 12 + 160, 160),
    ],
)
def test_asterisks_datagrams(name: str, payload_type: int, size: int, ticks: int) -> None:
    """The table of reference/asterisk.md, "The media leg, without ARI"."""
    door = Door()
    door.ask(DIAL.format(name))
    for _ in range(3):
        door.reactor.advance(0.020)
        door.visit.beat(1)
    first, second = (datagram for datagram, _ in door.reactor.udp[0].sent[:2])
    assert len(first) == size
    assert first[:2] == bytes([0x80, payload_type])  # version 2, no marker
    numbers = [int.from_bytes(packet[2:4], "big") for packet in (first, second)]
    times = [int.from_bytes(packet[4:8], "big") for packet in (first, second)]
    assert (numbers[1] - numbers[0]) % 2**16 == 1
    assert (times[1] - times[0]) % 2**32 == ticks
    assert door.reactor.udp[0].sent[0][1] == ("127.0.0.1", 21000)


def test_the_first_packet_comes_twenty_milliseconds_after_dial() -> None:
    door = Door()
    door.ask(DIAL.format("slin16"))
    door.reactor.advance(0.005)
    door.visit.beat(1)
    assert door.reactor.udp[0].sent == []
    door.reactor.advance(0.015)
    door.visit.beat(1)
    assert len(door.reactor.udp[0].sent) == 1


@pytest.mark.parametrize("name", ["slin16", "slin24", "slin48"])
def test_the_trap_sound_in_a_dynamic_payload_type_is_never_heard(name: str) -> None:
    form = FORMATS[name]
    receiver = RtpReceiver(form)
    assert receiver.payload(rtp(form.payload_type, bytes(640))) is None
    assert receiver.payload(rtp(11, bytes(320))) == bytes(320)
    assert (receiver.heard, receiver.dropped[form.payload_type]) == (1, 1)


@pytest.mark.parametrize("datagram", [b"", b"\x80", bytes(12), b"GET / HTTP/1.1\r\n\r\n"])
def test_what_is_no_rtp_is_dropped(datagram: bytes) -> None:
    receiver = RtpReceiver(FORMATS["slin"])
    assert receiver.payload(datagram) is None
    assert receiver.dropped == {-1: 1}


def test_numbers_and_timestamps_wrap_around() -> None:
    sender = RtpSender(FORMATS["slin16"], 1, number=0xFFFF, timestamp=0xFFFFFFFF)
    sender.packet(b"x")
    assert sender.packet(b"x")[2:8] == b"\x00\x00" + (319).to_bytes(4, "big")


def test_a_phone_with_silence_suppression_sends_nothing_between_words() -> None:
    door = Door(Phone(silence_suppression=True))
    door.ask(DIAL.format("slin16"))
    door.reactor.advance(1)
    door.visit.beat(50)
    assert door.reactor.udp[0].sent == []
    door.visit.say(Clip(np.full(320, 1000, np.int16), 16000))
    door.visit.beat(5)
    ((datagram, _),) = door.reactor.udp[0].sent
    assert datagram[12:] == (1000).to_bytes(2, "big") * 320


def test_what_comes_back_is_heard_with_its_time() -> None:
    door = Door()
    door.ask(DIAL.format("slin16"))
    leg = door.visit.leg
    assert leg is not None
    door.reactor.advance(0.100)
    leg.datagramReceived(rtp(11, (500).to_bytes(2, "big") * 160), None)
    leg.datagramReceived(rtp(118, bytes(640)), None)
    recording = door.visit.recording
    assert recording is not None
    assert (recording.rate, recording.arrivals) == (8000, [pytest.approx(0.1)])
    assert list(recording.samples()[800:]) == [500] * 160
    assert leg.dropped == {118: 1}


@pytest.mark.parametrize("name", ["ulaw", "alaw", "g722", "slin", "slin16"])
def test_a_tone_keeps_its_pitch_and_level_in_every_format(name: str) -> None:
    form = FORMATS[name]
    clip = Clip(tone(500, 1.0, -12, 16000), 16000)
    frames = rtp_frames(clip, form)
    assert len(frames) == 50
    if form.back_type != form.payload_type:
        samples = np.frombuffer(b"".join(frames), ">i2")
    else:
        decode = rtp_decoder(form)
        samples = np.concatenate([decode(frame) for frame in frames])
    spectrum = np.abs(np.fft.rfft(samples[: form.rate]))
    assert np.argmax(spectrum) == 500
    assert np.sqrt(np.mean(samples.astype(float) ** 2)) == pytest.approx(5820, rel=0.03)


def test_a_bad_network_loses_delays_and_doubles() -> None:
    dice = Random(7)
    sent = [Network(loss=0.2).arrivals(b"x", dice) for _ in range(1000)]
    assert 150 < sent.count([]) < 250
    doubled = [Network(duplicate=0.5).arrivals(b"x", dice) for _ in range(1000)]
    assert 400 < sum(len(copies) == 2 for copies in doubled) < 600
    late = [Network(reorder=1.0).arrivals(b"x", dice)[0][0] for _ in range(10)]
    assert min(late) > 0.020  # after the packet that follows it
    assert Network().arrivals(b"x", dice) == [(0, b"x")]


def test_a_recording_shows_where_the_sound_stopped() -> None:
    recording = PhoneRecording(8000, start=10.0)
    frame = np.ones(160, np.int16)
    for at in (10.000, 10.021, 10.039, 10.060, 10.500, 10.520):
        recording.add(at, frame)
    assert recording.gaps == [Gap(pytest.approx(0.080), pytest.approx(0.420))]
    assert len(recording.samples()) == 0.540 * 8000
    assert int(recording.samples().sum()) == 6 * 160


def test_a_burst_is_played_one_frame_after_the_other() -> None:
    recording = PhoneRecording(8000, start=0.0)
    for _ in range(10):
        recording.add(0.0, np.ones(160, np.int16))
    assert recording.gaps == []
    assert int(recording.samples().sum()) == 1600
