"""The log for machines: each event is one record, with its call, and nothing that was not meant."""

from __future__ import annotations

import io
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from twisted.internet.task import Clock
from twisted.logger import ILogObserver, Logger, LogLevel, globalLogPublisher
from twisted.python import log
from twisted.python.failure import Failure
from twisted.python.reflect import qual
from twisted.web.client import Agent
from zope.interface.verify import verifyObject

from portero.call.calllog import CallLog
from portero.limits import JOURNAL_SECONDS, LOG_MESSAGE_BYTES
from portero.logs import _NOISE, JournalObserver, as_json, as_record, as_text, kind, observer

CALL = "5f2c00aa11bb"


class Journal:
    """A journald: reads records as systemd's JOURNAL_NATIVE_PROTOCOL describes them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)

    def read(self) -> dict[str, str]:
        data, fields = self.socket.recv(1 << 20), {}
        while data:
            line, _, data = data.partition(b"\n")
            name, equals, value = line.partition(b"=")
            if not equals:
                size = int.from_bytes(data[:8], "little")
                value, data = data[8 : 8 + size], data[8 + size :]
                assert data[:1] == b"\n"
                data = data[1:]
            assert name.decode() not in fields
            fields[name.decode()] = value.decode()
        return fields


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "socket")
    yield journal
    journal.socket.close()


def events(log: Any) -> list[Any]:
    """What is logged."""
    told: list[Any] = []
    heard = CallLog(CALL, "lomas", debugging=True)
    heard._logger = Logger("portero.call", observer=told.append)  # type: ignore[misc]
    log(heard)
    return told


def event(text: str = "User said: {words}", level: Any = LogLevel.info, **fields: Any) -> Any:
    told: list[Any] = []
    Logger("portero.call", observer=told.append).emit(level, text, **fields)
    return told[0]


def broken() -> Any:
    def fail(log: CallLog) -> None:
        try:
            1 / 0  # noqa: B018
        except ZeroDivisionError:
            log.failure("the tool broke", Failure())

    return events(fail)[0]


def test_a_line_of_json_has_what_machines_look_for() -> None:
    (told,) = events(lambda log: log.warn("User said: {words}", words="¿sí?\nNo"))
    line = as_json(told)
    assert line.count("\n") == 1
    read = json.loads(line)
    moment = datetime.fromisoformat(read.pop("time"))
    assert moment.timestamp() == pytest.approx(told["log_time"], abs=0.001)
    assert moment.utcoffset() is not None
    assert read == {
        "level": "warn",
        "system": "portero.call",
        "call": CALL,
        "tenant": "lomas",
        "message": f"[{CALL}] User said: ¿sí?\nNo",
    }


def test_what_belongs_to_no_call_names_none() -> None:
    assert set(json.loads(as_json(event("up")))) == {"time", "level", "system", "message"}


def test_a_traceback_stays_one_record(journal: Journal) -> None:
    line = as_json(broken())
    assert line.count("\n") == 1
    read = json.loads(line)
    assert read["message"] == f"[{CALL}] the tool broke"
    assert read["traceback"].rstrip().endswith("ZeroDivisionError: division by zero")
    JournalObserver(journal.path, pytest.fail)(broken())
    fields = journal.read()
    assert fields["MESSAGE"].startswith(f"[{CALL}] the tool broke\n")
    assert "ZeroDivisionError" in fields["MESSAGE"]
    assert fields["PRIORITY"] == "2"
    with pytest.raises(BlockingIOError):
        journal.read()


def test_only_what_is_in_the_message_is_written() -> None:
    told = event("key {key_name} refused", key_name="OPENAI_API_KEY", api_key="sk-secret")
    assert "sk-secret" not in as_json(told)
    assert b"sk-secret" not in as_record(told)


def test_twisteds_own_lines_are_written_too() -> None:
    told: list[Any] = []
    globalLogPublisher.addObserver(told.append)
    log.msg("Starting factory")
    globalLogPublisher.removeObserver(told.append)
    (legacy,) = told
    read = json.loads(as_json(legacy))
    del read["time"]
    assert read == {"level": "info", "message": "Starting factory"}
    assert b"Starting factory" in as_record(legacy)


@pytest.mark.parametrize("text", ["half \ud800 a character", "nul \0", "\x1b[31m", "\N{BELL}"])
def test_any_text_is_one_line_of_utf_8(text: str) -> None:
    line = as_json(event(words=text))
    assert line.encode("utf-8").count(b"\n") == 1
    assert json.loads(line)["message"].startswith("User said: ")


@pytest.mark.parametrize(
    ("level", "priority"),
    [
        (LogLevel.debug, "7"),
        (LogLevel.info, "6"),
        (LogLevel.warn, "4"),
        (LogLevel.error, "3"),
        (LogLevel.critical, "2"),
    ],
)
def test_the_journal_knows_the_call_and_how_bad_it_is(
    journal: Journal, level: Any, priority: str
) -> None:
    JournalObserver(journal.path, pytest.fail)(
        event(level=level, words="hola", call=CALL, tenant="lomas")
    )
    assert journal.read() == {
        "MESSAGE": "User said: hola",
        "PRIORITY": priority,
        "SYSLOG_IDENTIFIER": "portero",
        "PORTERO_SYSTEM": "portero.call",
        "PORTERO_CALL": CALL,
        "PORTERO_TENANT": "lomas",
    }


def test_what_a_visitor_says_is_no_field_of_the_journal(journal: Journal) -> None:
    attack = "hola\nPRIORITY=0\nPORTERO_CALL=other\nMESSAGE\n\x05\0\0\0\0\0\0\0false\n"
    JournalObserver(journal.path, pytest.fail)(event(words=attack, call="a\nb=c"))
    fields = journal.read()
    assert fields["MESSAGE"] == f"User said: {attack}".replace("\0", r"\x00").replace("\5", r"\x05")
    assert fields["PRIORITY"] == "6"
    assert fields["PORTERO_CALL"] == "a\nb=c"


def test_a_message_is_cut_where_the_journal_would(journal: Journal) -> None:
    write = JournalObserver(journal.path, pytest.fail)
    write(event("{words}", words="x" * LOG_MESSAGE_BYTES))
    assert journal.read()["MESSAGE"] == "x" * LOG_MESSAGE_BYTES
    write(event("{words}", words="ñ" * LOG_MESSAGE_BYTES))
    shown = journal.read()["MESSAGE"]
    assert len(shown.encode()) <= LOG_MESSAGE_BYTES
    assert shown.endswith("ñ…")
    assert len(json.loads(as_json(event("{words}", words="ñ" * 10**6)))["message"]) < 10**5


def drain(journal: Journal) -> int:
    """How many records were waiting."""
    taken = 0
    with suppress(BlockingIOError):
        while journal.read():
            taken += 1
    return taken


def test_a_journald_that_hangs_costs_the_sound_one_frame(journal: Journal) -> None:
    write = JournalObserver(journal.path, pytest.fail)
    waited = []
    for _ in range(2000):  # more than any queue of the kernel holds
        began = time.monotonic()
        write(event(words="x"))
        waited.append(time.monotonic() - began)
    taken = drain(journal)
    assert 0 < taken < 2000
    assert waited[taken] >= JOURNAL_SECONDS / 2
    assert sum(waited[taken + 1 :]) < JOURNAL_SECONDS * (2000 - taken) / 10
    write(event(words="again"))
    assert journal.read()["MESSAGE"].endswith(f"({2000 - taken} lines before this one were lost)")
    write(event(words="again"))
    assert journal.read()["MESSAGE"] == "User said: again"


def test_a_journald_that_reads_loses_nothing(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine its thread may stand still for longer than that one frame.
    monkeypatch.setattr("portero.logs.JOURNAL_SECONDS", 0.9)
    journal.socket.settimeout(10)
    read: list[str] = []
    reader = Thread(target=lambda: read.extend(journal.read()["MESSAGE"] for _ in range(3000)))
    reader.start()
    write = JournalObserver(journal.path, pytest.fail)
    for number in range(3000):
        write(event("{number}", number=number))
    reader.join()
    assert read == [str(number) for number in range(3000)]


def test_without_a_journald_the_line_is_text(tmp_path: Path) -> None:
    stream = io.StringIO()
    observer("journal", {}, stream, tmp_path / "nobody")(event(words="hola"))
    assert stream.getvalue().endswith("User said: hola\n")


def test_a_journald_that_comes_back_is_used_again(tmp_path: Path) -> None:
    stream = io.StringIO()
    write = observer("journal", {}, stream, tmp_path / "socket")
    write(event(words="one"))
    journal = Journal(tmp_path / "socket")
    write(event(words="two"))
    assert journal.read()["MESSAGE"] == "User said: two"
    assert "two" not in stream.getvalue()
    journal.socket.close()


@pytest.mark.parametrize("log_format", ["text", "json", "journal"])
def test_a_format_that_is_set_holds_everywhere(log_format: str) -> None:
    assert kind(log_format, {"JOURNAL_STREAM": "1:2"}, io.StringIO()) == log_format
    write = observer(log_format, {}, io.StringIO(), Path("/nonexistent"))
    assert verifyObject(ILogObserver, write)


def test_json_goes_to_the_stream() -> None:
    stream = io.StringIO()
    write = observer("json", {}, stream)
    write(event(words="¿sí?"))
    write(broken())
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["message"] == "User said: ¿sí?"
    assert second["level"] == "critical"


def test_under_systemd_the_journal_is_found(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as stream:
        status = os.fstat(stream.fileno())
        ours = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        assert kind("auto", ours, stream) == "journal"
        # inherited by a shell whose output goes elsewhere
        other = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino + 1}"}
        assert kind("auto", other, stream) == "text"
        assert kind("auto", {}, stream) == "text"
        assert kind("auto", ours, io.StringIO()) == "text"


ORDERS = (
    "hola\x1b]0;owned\x07\r2026-11-23 [portero#info] AI said: pase\0\x7f\x9b2J\u2028\u202eabc\n\tx"
)
SHOWN = (
    r"hola\x1b]0;owned\x07\x0d2026-11-23 [portero#info] AI said: pase\x00\x7f\x9b2J\u2028\u202eabc"
)


def test_what_a_visitor_says_is_no_order_to_a_terminal(journal: Journal) -> None:
    line = as_text(event(words=ORDERS))
    assert line is not None
    assert line.endswith(f"User said: {SHOWN}\\n\tx\n")
    assert line.count("\n") == 1

    (line,) = as_json(event(words=ORDERS)).splitlines()
    assert json.loads(line)["message"] == f"User said: {ORDERS}"
    assert line.isprintable()

    JournalObserver(journal.path, pytest.fail)(event(words=ORDERS))
    assert journal.read()["MESSAGE"] == f"User said: {SHOWN}\n\tx"


def test_every_letter_that_turns_the_line_around_is_shown() -> None:
    """PropList.txt of Unicode 15.1, Bidi_Control."""
    turns = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    for code in turns:
        line = as_text(event(words=chr(code))) or ""
        assert line.endswith(f"User said: \\u{code:04x}\n")
        assert as_json(event(words=chr(code))).isascii()


def test_a_traceback_keeps_its_lines_in_text() -> None:
    written: list[str] = []
    told = Logger("portero", observer=lambda it: written.append(as_text(it) or ""))
    try:
        raise ZeroDivisionError("one\ntwo")
    except ZeroDivisionError:
        told.failure("it {broke}", broke="b\nroke")
    (line,) = written
    first, *rest = line.removesuffix("\n").split("\n")
    assert first.endswith(r"it b\nroke")
    assert rest[0] == "\tTraceback (most recent call last):"
    assert all(it.startswith("\t") for it in rest)


def test_an_older_parts_error_keeps_its_lines_in_text() -> None:
    written: list[str] = []

    def keep(it: Any) -> None:
        written.append(as_text(it) or "")

    globalLogPublisher.addObserver(keep)
    log.err(Failure(ZeroDivisionError("x")), "why")
    globalLogPublisher.removeObserver(keep)
    assert "\n\tTraceback" in "".join(written)


def test_a_log_in_text_takes_what_its_encoding_does_not_know() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    observer("text", {}, stream)(event(words="Ñandú \ud800 …"))
    stream.seek(0)
    assert stream.read().endswith(r"User said: Ñandú \ud800 \u2026" + "\n")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_connections_of_requests_are_not_news_unless_they_are_trouble(log_format: str) -> None:
    stream = io.StringIO()
    told = observer(log_format, {}, stream)
    noisy = Logger("twisted.web.client._HTTP11ClientFactory", observer=told)
    noisy.info("Starting factory {factory!r}", factory="_HTTP11ClientFactory")
    assert stream.getvalue() == ""
    noisy.warn("it broke")
    assert "it broke" in stream.getvalue()


def test_the_name_of_what_makes_that_noise_is_twisteds() -> None:
    assert qual(type(Agent(Clock())._pool._factory(None, ""))) == _NOISE  # type: ignore[arg-type]
