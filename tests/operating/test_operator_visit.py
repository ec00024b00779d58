"""`portero call`: how Asterisk is asked, what the visitor says and hears."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from twisted.internet.task import Clock

from portero.cli import main
from portero.config.settings import Settings, TenantSettings
from portero.errors import PorteroError
from portero.limits import VISIT_HEARD_SECONDS, VISIT_LINES
from portero.media.rtp import RtpPacket, build_rtp, parse_rtp
from portero.operator import originate, visitor
from portero.operator.lines import Line, check_voice, read_script, spoken_to
from portero.operator.originate import Origin, asterisk_console, check, console_originate
from portero.operator.visitor import FORMAT, Visitor

ASTERISK = ("127.0.0.1", 12345)


class Wire:
    """Where a visitor's packets go."""

    def __init__(self) -> None:
        self.sent: list[tuple[RtpPacket, Any]] = []

    def write(self, datagram: bytes, address: Any) -> None:
        self.sent.append((parse_rtp(datagram), address))


def packet(level: int) -> bytes:
    """20 ms from Asterisk, all samples alike (16 kHz, big endian, as slin16 is sent)."""
    return build_rtp(RtpPacket(118, False, 1, 0, 7, np.full(320, level, ">i2").tobytes()))


def at_home(*, keep: bool = False) -> tuple[Visitor, Wire, Clock]:
    clock = Clock()
    guest, wire = Visitor(clock, keep=keep), Wire()
    guest.transport = wire  # type: ignore[assignment]
    guest.start()
    return guest, wire, clock


@pytest.mark.parametrize(
    "given", ["1000,2", "${SHELL(id)}", "1 2", "1\r\nAction: x", "a@b", "9" * 41]
)
def test_nothing_but_numbers_and_names_gets_to_asterisk(given: str) -> None:
    for origin in (
        Origin(1, exten=given),
        Origin(1, context=given),
        Origin(1, caller=given),
    ):
        with pytest.raises(PorteroError, match="only letters, digits"):
            check(origin, "en")
    check(Origin(1, exten="*71#", caller="+525512345678"), "en")


def test_the_console_is_given_the_call(tmp_path: Path) -> None:
    file = tmp_path / "asked"
    console = ("sh", "-c", f'printf "%s|" "$@" > {file}', "asterisk")
    console_originate(Origin(4000, exten="700"), "en", command=console)
    line = "channel originate UnicastRTP/127.0.0.1:4000/c(slin16) extension 700@portero"
    assert file.read_text() == f"-rx|{line}|"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("/nowhere/asterisk",), "No such file"),
        (("sh", "-c", "echo Unable to connect; exit 1"), "Unable to connect"),
    ],
)
def test_a_console_that_does_not_answer_is_told(command: tuple[str, ...], says: str) -> None:
    with pytest.raises(PorteroError, match=says):
        asterisk_console("core show version", "en", command=command)


def test_a_console_that_hangs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(originate, "CONSOLE_COMMAND_SECONDS", 0.3)
    with pytest.raises(PorteroError, match="timed out"):
        asterisk_console("core show version", "en", command=("sh", "-c", "exec sleep 60"))


def test_a_visitor_answers_whoever_sends_first_and_speaks_in_turn() -> None:
    guest, wire, clock = at_home()
    said = guest.say(np.arange(1, 241, dtype=np.int16))  # a frame and a half
    clock.advance(0.02)
    assert not wire.sent  # nobody is there yet: nothing of it is lost
    guest.datagramReceived(packet(0), ASTERISK)
    clock.pump([0.02] * 3)
    first, second, third = (sent for sent, _ in wire.sent)
    assert {address for _, address in wire.sent} == {ASTERISK}
    assert {sent.payload_type for sent, _ in wire.sent} == {11}  # what chan_rtp takes
    samples = [np.frombuffer(it.payload, ">i2") for it in (first, second, third)]
    assert samples[0].tolist() == list(range(1, 161))
    assert samples[1].tolist() == [*range(161, 241), *[0] * 80]
    assert not samples[2].any()
    assert said.called
    assert second.sequence - first.sequence == 1
    assert second.timestamp - first.timestamp == 160
    guest.stop()
    assert not clock.getDelayedCalls()


def test_frames_that_are_late_are_made_up_for() -> None:
    guest, wire, clock = at_home()
    guest.datagramReceived(packet(0), ASTERISK)
    clock.advance(0.1)
    assert len(wire.sent) == 5


def test_quiet_is_what_follows_something_loud() -> None:
    guest, _, clock = at_home()
    guest.datagramReceived(packet(int(visitor.LOUD) - 1), ASTERISK)
    assert guest.quiet_for is None
    guest.datagramReceived(packet(int(visitor.LOUD) + 1), ASTERISK)
    clock.advance(0.5)
    assert guest.quiet_for == 0.5
    guest.forget_heard()
    assert guest.quiet_for is None


@pytest.mark.parametrize("datagram", [b"", b"\x00" * 20, packet(1)[:13], packet(1)[:12]])
def test_what_is_no_sound_is_nothing(datagram: bytes) -> None:
    guest, wire, clock = at_home()
    guest.datagramReceived(datagram, ("127.0.0.1", 666))
    clock.advance(0.02)
    assert not wire.sent


def test_what_was_heard_is_kept_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert VISIT_HEARD_SECONDS * FORMAT.rate_in * 2 < 64e6
    monkeypatch.setattr(visitor, "VISIT_HEARD_SECONDS", 0.05)
    guest, _, _ = at_home(keep=True)
    for level in (1, 2, 3, 4, 5):
        guest.datagramReceived(packet(level), ASTERISK)
    guest.save(tmp_path / "heard.wav")
    with wave.open(str(tmp_path / "heard.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        heard = np.frombuffer(file.readframes(10_000), "<i2")
    assert heard.tolist() == [*[1] * 320, *[2] * 320, *[3] * 320]


def test_a_script_has_sentences_and_recordings(tmp_path: Path) -> None:
    file = tmp_path / "visit.yaml"
    file.write_text("- Buenas tardes.\n- 1234\n- wav: hola.wav\n")
    assert read_script(file, "en") == (
        Line("Buenas tardes."),
        Line("1234"),
        Line(wav=tmp_path / "hola.wav"),
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "can't be read"),
        (b"\xff", "can't be read"),
        (b"- [", "can't be read"),
        (b"hola", f"1 to {VISIT_LINES}"),
        (b"[]", f"1 to {VISIT_LINES}"),
        (b"- x\n" * (VISIT_LINES + 1), f"1 to {VISIT_LINES}"),
        (b"- x\n- {mp3: y}\n", "item 2"),
        (b"- ''\n", "item 1"),
    ],
)
def test_a_script_that_is_none_is_refused(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "visit.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PorteroError, match=says) as refused:
        read_script(file, "en")
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_without_the_speech_package_only_recordings_are_played(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("portero.operator.lines.find_spec", lambda _: None)
    check_voice((Line(wav=Path("x.wav")),), "en")
    for lines in (None, (Line("hola"),)):
        with pytest.raises(PorteroError, match="portero\\[simulator\\]"):
            check_voice(lines, "en")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--tenant", "robles"), "there are: lomas, pinos"),
        (("--extension", "7,1"), "only letters"),
        (("--script", "/nowhere.yaml"), "/nowhere.yaml"),
        ((), "systemctl start portero"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_dialled(
    folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    environ = {"PORTERO_CONFIG": str(folder / "config.yaml"), "LC_ALL": "en"}
    done = CliRunner().invoke(main, ["call", *arguments], env=environ)
    assert done.exit_code in (1, 3)
    assert says in done.stderr


@pytest.mark.parametrize(
    ("number", "language"),
    [
        ({"extension": "7000"}, "en-US"),
        ({"did": "555"}, "en-US"),
        ({"extension": "555"}, "es-MX"),  # another's extension, and not that DID
        ({"extension": "1"}, "es-MX"),
    ],
)
def test_the_visitor_speaks_as_he_is_spoken_to(number: dict[str, str], language: str) -> None:
    settings = Settings(
        tenants=(
            TenantSettings(id="oaks", extensions=("7000",), dids=("555",), language="en-US"),
            TenantSettings(id="robles", extensions=("555",)),
        )
    )
    assert spoken_to(settings, **number) == language
