"""The rtp leg and the beat, over real UDP sockets on a clock that stands still."""

from __future__ import annotations

import socket
from itertools import pairwise

import numpy as np
import pytest
from G722 import G722
from phone_side import PORTS, Asterisk, beat, open_sockets, rms, running, samples, tone

from twisted.logger import capturedLogs

from portero.errors import NoRoom
from portero.limits import (
    AHEAD_FRAMES,
    CATCH_UP_FRAMES,
    DATAGRAM_BYTES,
    DATAGRAMS_PER_BEAT,
    FRAME_SECONDS,
    GATE_HOLD_FRAMES,
)
from portero.media import Heard
from portero.media.rtp import RtpPacket, build_rtp

QUIET_PCM = bytes(960)


def pcm(frequency: float, frames: int) -> bytes:
    """Sound of a session: 24 kHz, little-endian."""
    return tone(24000, frequency, 480 * frames).astype("<i2").tobytes()


def pitch(sound: np.ndarray, rate: int) -> float:
    """The strongest frequency, in Hz."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum)) * rate / len(sound)


def has_click(sound: np.ndarray, rate: int, frequency: float) -> bool:
    """Whether a tone of peak 8000 jumps anywhere after its start, where a filter rings for 3 ms."""
    steps = np.abs(np.diff(sound[rate * 3 // 1000 :].astype(int)))
    return bool(steps.max() > 8000 * 2 * np.pi * frequency / rate * 1.02)


def test_dial_string_names_address_port_and_format() -> None:
    with running() as (service, _):
        stream = service.open(lambda audio: None)
        assert stream.dial_string == f"UnicastRTP/127.0.0.1:{PORTS[0]}/c(slin16)"
        assert stream.needs_remote
        assert service.session_format == "audio/pcm"


def test_nothing_is_sent_and_no_word_lost_before_asterisk_is_known() -> None:
    with running(prebuffer_frames=1) as (service, clock):
        stream = service.open(lambda audio: None)
        asterisk = Asterisk(stream, 118)
        stream.play("a", pcm(1000, 5))
        stream.end_item("a")
        beat(clock, 3)
        assert asterisk.received() == []
        stream.set_remote("127.0.0.1", asterisk.port)
        beat(clock, 6)
        packets = asterisk.received()
        assert [packet.marker for packet in packets] == [True] + [False] * 5
        assert pitch(samples(packets[:5]), 8000) == pytest.approx(1000, abs=15)


def test_sound_goes_out_as_l16_at_8_khz_with_numbers_that_wrap() -> None:
    with running(prebuffer_frames=1) as (service, clock):
        stream = service.open(lambda audio: None)
        asterisk = Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        beat(clock, 2)
        stream.play("a", pcm(1000, 3))
        beat(clock, 3)
        packets = asterisk.received()
        assert [packet.sequence for packet in packets] == [65534, 65535, 0, 1, 2]
        steps = {
            (after.timestamp - before.timestamp) % (1 << 32) for before, after in pairwise(packets)
        }
        assert steps == {160}
        assert {(packet.payload_type, len(packet.payload)) for packet in packets} == {(11, 320)}
        assert len({packet.ssrc for packet in packets}) == 1
        assert [packet.marker for packet in packets] == [False, False, True, False, False]
        assert not samples(packets[:2]).any()
        assert rms(samples(packets[3:])) == pytest.approx(8000 / np.sqrt(2), rel=0.02)


def test_sound_of_the_visitor_arrives_at_24_khz_in_appends_of_the_length_set() -> None:
    appends: list[bytes] = []
    with running(append_ms=40) as (service, clock):
        stream = service.open(appends.append)
        asterisk = Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        stream.start_uplink()
        voice = tone(16000, 700, 320 * 20).astype(">i2").reshape(20, 320)
        for frame in voice:
            asterisk.send(frame.tobytes())
            beat(clock)
        assert [len(audio) for audio in appends] == [1920] * 10
        heard = np.frombuffer(b"".join(appends), "<i2")
        assert pitch(heard, 24000) == pytest.approx(700, abs=10)
        assert not has_click(heard, 24000, 700)
        assert stream.stats.frames_in == 20
        assert stream.stats.silence_filled == 0


def test_silence_flows_when_nothing_comes_but_not_before_the_uplink_is_started() -> None:
    appends: list[bytes] = []
    with running(append_ms=20) as (service, clock):
        stream = service.open(appends.append)
        beat(clock, 5)
        assert appends == []
        stream.start_uplink()
        beat(clock, 5)
        assert appends == [QUIET_PCM] * 5
        assert stream.stats.silence_filled == 5


def test_noise_becomes_silence_and_is_counted() -> None:
    appends: list[bytes] = []
    with running(append_ms=20, noise_gate=500) as (service, clock):
        stream = service.open(appends.append)
        asterisk = Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        stream.start_uplink()
        asterisk.send(tone(16000, 700, 320, 600).astype(">i2").tobytes())
        asterisk.send(tone(16000, 700, 320, 800).astype(">i2").tobytes())
        beat(clock, 3 + GATE_HOLD_FRAMES)
        assert appends[0] == QUIET_PCM
        assert rms(np.frombuffer(appends[1], "<i2")[100:]) > 500
        assert stream.stats.gated == 1  # silence that we have filled in is not counted


def test_a_beat_that_comes_late_owes_frames_both_ways_up_to_a_bound() -> None:
    appends: list[bytes] = []
    with running(append_ms=20) as (service, clock):
        stream = service.open(appends.append)
        asterisk = Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        stream.start_uplink()
        beat(clock)
        asterisk.received()
        appends.clear()
        for _ in range(4):
            asterisk.send(tone(16000, 700, 320).astype(">i2").tobytes())
        clock.advance(FRAME_SECONDS * 4)
        assert len(asterisk.received()) == len(appends) == 4
        assert QUIET_PCM not in appends
        clock.advance(FRAME_SECONDS * 100)
        assert len(asterisk.received()) == CATCH_UP_FRAMES
        assert len(appends) == 4 + CATCH_UP_FRAMES


def test_a_burst_runs_ahead_by_a_bound_and_leaves_no_delay_beyond_the_jitter_buffer() -> None:
    appends: list[bytes] = []
    with running(append_ms=20, jitter_ms=60) as (service, clock):
        stream = service.open(appends.append)
        asterisk = Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        stream.start_uplink()
        for _ in range(40):
            asterisk.send(tone(16000, 700, 320).astype(">i2").tobytes())
        beat(clock)
        assert len(appends) == 1 + AHEAD_FRAMES
        beat(clock, 3)
        assert len(appends) == 1 + AHEAD_FRAMES + 3
        assert QUIET_PCM not in appends
        assert stream.stats.skipped == 40 - len(appends)
        beat(clock, 20)
        assert len(appends) == 24  # a frame for each beat: our clock holds again


def test_jitter_is_measured_by_when_packets_came_not_by_when_a_beat_looked() -> None:
    with running() as (service, clock):
        stream = service.open(lambda audio: None)
        asterisk = Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        assert stream.stats.jitter_ms is None
        for timestamp in (0, 0, 0, 320):  # in one moment: nothing, nothing, and 20 ms too early
            asterisk.send(bytes(640), timestamp=timestamp)
        beat(clock, 1)
        assert stream.stats.jitter_ms == pytest.approx(20 / 16, abs=0.1)


def test_foreign_and_malformed_datagrams_are_counted_and_dropped() -> None:
    appends: list[bytes] = []
    with running(append_ms=20) as (service, clock):
        stream = service.open(appends.append)
        asterisk, stranger = Asterisk(stream, 118), Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        stream.start_uplink()
        voice = tone(16000, 700, 320).astype(">i2").tobytes()
        stranger.send(voice)
        asterisk.socket.sendto(b"SSH-2.0-OpenSSH", asterisk.portero)
        asterisk.socket.sendto(b"", asterisk.portero)
        asterisk.send(voice, payload_type=11)
        asterisk.send(voice[:-2])
        beat(clock)
        assert appends == [QUIET_PCM]
        stats = stream.stats
        assert (stats.foreign, stats.malformed, stats.frames_in) == (1, 4, 0)
        asterisk.send(voice)
        beat(clock)
        assert appends[1] != QUIET_PCM


@pytest.mark.parametrize(("more", "taken"), [(0, 1), (4, 0)])
def test_a_datagram_of_the_greatest_size_is_taken_and_a_cut_one_is_not(
    more: int, taken: int
) -> None:
    with running() as (service, clock):
        stream = service.open(lambda audio: None)
        asterisk = Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        voice = bytes(640)
        fixed, extension = 12, DATAGRAM_BYTES + more - 12 - 4 - len(voice)
        packet = build_rtp(RtpPacket(118, False, 1, 0, 7, b""))
        packet = bytes([packet[0] | 0x10]) + packet[1:fixed] + bytes(2)  # RFC 3550, 5.3.1
        packet += (extension // 4).to_bytes(2, "big") + bytes(extension) + voice
        assert len(packet) == DATAGRAM_BYTES + more
        asterisk.socket.sendto(packet, asterisk.portero)
        beat(clock)
        assert (stream.stats.frames_in, stream.stats.malformed) == (taken, 1 - taken)


def test_a_flood_takes_a_bounded_part_of_a_beat() -> None:
    with running() as (service, clock):
        stream = service.open(lambda audio: None)
        asterisk = Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        for _ in range(DATAGRAMS_PER_BEAT + 10):
            asterisk.socket.sendto(b"flood", asterisk.portero)
        beat(clock)
        assert stream.stats.malformed == DATAGRAMS_PER_BEAT
        beat(clock)
        assert stream.stats.malformed == DATAGRAMS_PER_BEAT + 10


def test_flush_stops_the_voice_within_the_frame_and_tells_what_was_sent() -> None:
    with running(prebuffer_frames=1) as (service, clock):
        stream = service.open(lambda audio: None)
        asterisk = Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        stream.play("a", pcm(1000, 10))
        stream.play("b", pcm(1000, 2))
        beat(clock, 4)
        asterisk.received()
        assert stream.flush() == [Heard("a", 80, 120), Heard("b", 0, 40)]
        beat(clock, 2)
        first, second = asterisk.received()
        assert np.abs(samples([first])[24:]).max() == 0  # the filter's own 3 ms are left
        assert not samples([second]).any()


def test_drained_fires_when_the_last_word_has_been_sent() -> None:
    fired: list[str] = []
    with running(prebuffer_frames=1) as (service, clock):
        stream = service.open(lambda audio: None)
        stream.set_remote("127.0.0.1", Asterisk(stream, 118).port)
        stream.drained().addCallback(lambda _: fired.append("idle"))
        assert fired == ["idle"]
        stream.play("a", pcm(1000, 2))
        stream.end_item("a")
        stream.drained().addCallback(lambda _: fired.append("said"))
        beat(clock)
        assert stream.playing
        assert fired == ["idle"]
        beat(clock)
        assert fired == ["idle", "said"]
        stream.play("b", pcm(1000, 2))
        stream.drained().addCallback(lambda _: fired.append("flushed"))
        stream.flush()
        stream.play("c", pcm(1000, 2))
        stream.drained().addCallback(lambda _: fired.append("closed"))
        stream.close()
        assert fired == ["idle", "said", "flushed", "closed"]


def test_what_the_queue_can_not_hold_is_told() -> None:
    cut: list[list[Heard]] = []
    with running(prebuffer_frames=1, queue_frames=50) as (service, clock):
        stream = service.open(lambda audio: None, on_cut=cut.append)
        stream.set_remote("127.0.0.1", Asterisk(stream, 118).port)
        stream.play("a", pcm(1000, 52))
        stream.end_item("a")
        beat(clock, 49)
        assert cut == []
        beat(clock)
        assert cut == [[Heard("a", 1000, 0)]]
        assert stream.stats.overflow_ms == 40


@pytest.mark.parametrize(
    ("name", "payload_type", "session"),
    [("ulaw", 0, "audio/pcmu"), ("alaw", 8, "audio/pcma")],
)
def test_g711_is_not_transcoded(name: str, payload_type: int, session: str) -> None:
    appends: list[bytes] = []
    with running(format=name, append_ms=20, prebuffer_frames=1) as (service, clock):
        assert service.session_format == session
        stream = service.open(appends.append)
        asterisk = Asterisk(stream, payload_type)
        stream.set_remote("127.0.0.1", asterisk.port)
        stream.start_uplink()
        words = bytes(range(160))
        asterisk.send(words)
        stream.play("a", words)
        beat(clock, 5)
        silence = (b"\xff" if name == "ulaw" else b"\xd5") * 160
        assert appends == [words] + [silence] * 4
        packets = asterisk.received()
        assert [packet.payload for packet in packets] == [words] + [silence] * 4
        assert packets[0].payload_type == payload_type


def test_slin_goes_both_ways_at_8_khz() -> None:
    appends: list[bytes] = []
    with running(format="slin", append_ms=20, prebuffer_frames=1) as (service, clock):
        stream = service.open(appends.append)
        asterisk = Asterisk(stream, 11)
        stream.set_remote("127.0.0.1", asterisk.port)
        stream.start_uplink()
        stream.play("a", pcm(1000, 20))
        for frame in tone(8000, 700, 160 * 20).astype(">i2").reshape(20, 160):
            asterisk.send(frame.tobytes())
            beat(clock)
        assert pitch(np.frombuffer(b"".join(appends), "<i2"), 24000) == pytest.approx(700, abs=10)
        packets = asterisk.received()
        assert packets[0].payload_type == 11
        assert pitch(samples(packets), 8000) == pytest.approx(1000, abs=10)


def test_g722_is_wideband_both_ways_with_a_clock_of_8_khz() -> None:
    appends: list[bytes] = []
    with running(format="g722", append_ms=20, prebuffer_frames=1) as (service, clock):
        stream = service.open(appends.append)
        asterisk = Asterisk(stream, 9)
        phone_out, phone_in = G722(16000, 64000), G722(16000, 64000)
        stream.set_remote("127.0.0.1", asterisk.port)
        stream.start_uplink()
        stream.play("a", pcm(5500, 20))
        for frame in tone(16000, 6000, 320 * 20).reshape(20, 320):
            asterisk.send(phone_out.encode(frame.tolist()))
            beat(clock)
        heard = np.frombuffer(b"".join(appends), "<i2")
        assert pitch(heard, 24000) == pytest.approx(6000, abs=15)
        assert rms(heard[4800:]) == pytest.approx(8000 / np.sqrt(2), rel=0.15)
        packets = asterisk.received()
        assert packets[1].payload_type == 9
        assert packets[2].timestamp - packets[1].timestamp in (160, 160 - (1 << 32))
        said = np.concatenate([np.array(phone_in.decode(packet.payload)) for packet in packets])
        assert pitch(said, 16000) == pytest.approx(5500, abs=15)


def test_calls_do_not_hear_each_other_when_one_of_them_ends() -> None:
    appends: dict[int, list[bytes]] = {100: [], 250: [], 400: []}
    with running(append_ms=20, prebuffer_frames=1) as (service, clock):
        calls = []
        for frequency, heard in appends.items():
            stream = service.open(heard.append)
            asterisk = Asterisk(stream, 118)
            stream.set_remote("127.0.0.1", asterisk.port)
            stream.start_uplink()
            stream.play("item", pcm(frequency, 40))
            calls.append((stream, asterisk, tone(16000, frequency, 320 * 40).astype(">i2")))
        for frame in range(40):
            if frame == 20:
                calls[1][0].close()
            for _, asterisk, voice in calls:
                asterisk.send(voice[320 * frame :][:320].tobytes())
            beat(clock)
        for (_, asterisk, _), (frequency, heard) in zip(calls, appends.items(), strict=True):
            frames = 20 if frequency == 250 else 40
            packets = asterisk.received()
            assert len(heard) == len(packets) == frames
            up, down = np.frombuffer(b"".join(heard), "<i2"), samples(packets)
            for sound, rate in ((up, 24000), (down, 8000)):
                assert pitch(sound, rate) == pytest.approx(frequency, abs=10)
                assert not has_click(sound, rate, frequency)


def test_a_call_that_fails_or_closes_in_its_append_leaves_the_others_alone() -> None:
    appends: list[bytes] = []
    lost: list[None] = []
    with running(append_ms=20) as (service, clock), capturedLogs() as logs:
        failing = service.open(lambda audio: 1 / 0)  # type: ignore[arg-type, return-value]
        closing = service.open(lambda audio: closing.close())
        third = service.open(appends.append)
        for stream in (failing, closing, third):
            stream.start_uplink()
        failing.lost().addCallback(lost.append)
        beat(clock, 3)
        assert appends == [QUIET_PCM] * 3
        assert closing.closed
        assert failing.closed
        assert lost == [None]
        (logged,) = logs
        assert logged["log_failure"].check(ZeroDivisionError)
        assert logged["leg"] == failing.dial_string


@pytest.mark.parametrize("part", ["drain", "pop", "trim", "send"])
def test_a_leg_that_breaks_ends_its_own_call_only(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    appends: list[bytes] = []
    with running(append_ms=20) as (service, clock), capturedLogs() as logs:
        broken, other = service.open(lambda audio: None), service.open(appends.append)
        asterisk = Asterisk(other, 118)
        for stream in (broken, other):
            stream.set_remote("127.0.0.1", asterisk.port)
            stream.start_uplink()
        monkeypatch.setattr(broken.leg, part, lambda *_, **__: 1 // 0)
        lost = broken.lost()
        beat(clock, 3)
        assert lost.called
        assert broken.closed
        assert appends == [QUIET_PCM] * 3
        ssrc = {packet.ssrc for packet in asterisk.received()[-2:]}
        assert len(ssrc) == 1
        assert [event["leg"] for event in logs] == [broken.dial_string]


@pytest.mark.parametrize("part", ["drain", "pop"])
def test_the_only_leg_may_break_too(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as (service, clock), capturedLogs() as logs:
        broken = service.open(lambda audio: None)
        broken.set_remote("127.0.0.1", Asterisk(broken, 118).port)
        monkeypatch.setattr(broken.leg, part, lambda *_, **__: 1 // 0)
        beat(clock, 3)
        assert broken.closed
        assert [event["leg"] for event in logs] == [broken.dial_string]


def test_ports_are_even_taken_ones_are_skipped_and_no_more_than_the_range() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody_else,
        running(ports=(21401, 21407)) as (service, _),
    ):
        somebody_else.bind(("127.0.0.1", 21404))
        streams = [service.open(lambda audio: None) for _ in range(2)]
        assert [stream.dial_string.split(":")[1] for stream in streams] == [
            "21402/c(slin16)",
            "21406/c(slin16)",
        ]
        with pytest.raises(NoRoom, match=r"media\.ports"):
            service.open(lambda audio: None)
        streams[0].close()
        assert "21402" in service.open(lambda audio: None).dial_string


def test_nothing_is_left_after_closing() -> None:
    before = open_sockets()
    with running() as (service, clock):
        streams = [service.open(lambda audio: None) for _ in range(10)]
        assert len(open_sockets() - before) == 10
        for stream in streams[:5]:
            stream.close()
            stream.close()
        assert len(open_sockets() - before) == 5
        beat(clock, 2)
    assert open_sockets() <= before


def test_a_closed_stream_takes_no_more_sound() -> None:
    with running() as (service, clock):
        stream = service.open(lambda audio: None)
        stream.close()
        stream.set_remote("127.0.0.1", 40000)
        stream.play("a", pcm(1000, 1))
        beat(clock)
        assert not stream.playing
        assert stream.stats.frames_out == 0


@pytest.mark.parametrize(("host", "port"), [("localhost", 4000), ("127.0.0.1", 0), ("", 70000)])
def test_a_remote_that_is_no_address_is_refused(host: str, port: int) -> None:
    with running() as (service, _):
        stream = service.open(lambda audio: None)
        with pytest.raises(ValueError):
            stream.set_remote(host, port)
