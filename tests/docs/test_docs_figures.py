"""The figures that the pages name are those of the settings, of the wire and of the bench."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pybase64
import pytest
from pages import ROOT
from pydantic import SecretStr

from portero import limits
from portero.config.environment import VARIABLES
from portero.config.settings import MediaSettings, SemanticVad, ServerVad, Settings
from portero.media.formats import RTP_FORMATS
from portero.realtime.frames import append_frame

SOUND = ("docs/sound.md", "docs/sound.es.md")
CAPACITY = ("docs/capacity.md", "docs/capacity.es.md")
OF_THE_LEG = {"leg", "format", "host", "ports", "audiosocket_port"}
"""They have a table of their own, or are no matter of sound."""
EMPTY = {"": "", "none": None, "ninguno": None, "empty": "", "vacío": "", "off": None}
IP_UDP, IP_TCP, TLS, RTP = 28, 40, 22, 12
"""Bytes of headers (IPv4; TLS 1.3: record, type and tag)."""
DELTA_MS = 200


def table(page: str, heading: int) -> list[list[str]]:
    """The first table below the n-th `##` (from 0), without its head."""
    part = re.split(r"^## .*$", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE)[1 + heading]
    (found, *_) = re.findall(r"(?:^\|.*\n)+", part, re.MULTILINE)
    return [[it.strip() for it in row.strip("|").split("|")] for row in found.splitlines()[2:]]


def default_of(path: str) -> Any:
    value: Any = Settings()
    for step in path.split("."):
        value = getattr(value, step)
    if isinstance(value, SecretStr):
        return value.get_secret_value() or None
    return value


def same(shown: str, default: Any) -> bool:
    """Whether a cell such as `3 (60 ms)` shows this default."""
    if shown in EMPTY:
        return bool(EMPTY[shown] == default)
    words = shown.strip("`").split()
    if isinstance(default, bool):
        return words == [str(default).lower()]
    return words[0] == str(default) or (default is not None and words[0] == str(float(default)))


@pytest.mark.parametrize("page", SOUND)
def test_every_setting_of_sound_has_its_row(page: str) -> None:
    wanted = {f"media.{it}" for it in MediaSettings.model_fields if it not in OF_THE_LEG}
    wanted |= {f"realtime.vad.{it}" for it in ServerVad.model_fields if it != "type"}
    wanted |= {f"realtime.{it}" for it in ("noise_reduction", "speed", "max_output_tokens")}
    wanted.add("realtime.transcription.prompt")
    rows = {row[0].strip("`"): row[1] for row in table(page, 0)}
    assert set(rows) == wanted
    assert [name for name, shown in rows.items() if not same(shown, default_of(name))] == []
    text = (ROOT / page).read_text("utf-8")
    assert [it for it in SemanticVad.model_fields if it not in text] == []


@pytest.mark.parametrize("page", SOUND)
def test_every_variable_of_the_environment_has_its_row(page: str) -> None:
    rows = {row[0].strip("`"): row[1:] for row in table(page, 1)}
    shown = {name: path.strip("`") for name, (path, _) in rows.items()}
    assert shown == {name: ".".join(path) for name, path in VARIABLES.items()}
    wrong = {n: it for n, (path, it) in rows.items() if not same(it, default_of(path.strip("`")))}
    assert wrong == {}


def test_a_wrong_default_would_be_found() -> None:
    assert same("3 (60 ms)", 3)
    assert same("1.0", 1.0)
    assert same("`false`", False)
    assert not same("4 (60 ms)", 3)
    assert not same("none", 3)
    assert not same("3", None)
    assert not same("`true`", False)


def rtp_bits(name: str) -> float:
    """Bits a second between Asterisk and portero, both ways, with IPv4's headers."""
    leg = RTP_FORMATS[name]
    out = leg.bytes_in if leg.rate_in == leg.rate_out else leg.bytes_in * leg.rate_out / leg.rate_in
    return float((leg.bytes_in + out + 2 * (IP_UDP + RTP)) * 50 * 8)


def realtime_bits(name: str) -> float:
    """Bits a second to the Realtime server and back, while both sides talk."""
    a_ms = RTP_FORMATS[name].session.bytes_per_ms
    sent = len(append_frame(bytes(20 * a_ms), bytes(4))) + TLS + IP_TCP
    event = 250 + TLS + IP_TCP  # a delta's ids and names
    answered = len(pybase64.b64encode(bytes(DELTA_MS * a_ms))) + event
    return float((sent * 50 + answered * 1000 / DELTA_MS) * 8)


@pytest.mark.parametrize("page", CAPACITY)
def test_the_bandwidth_is_what_the_wire_takes(page: str) -> None:
    text = " ".join((ROOT / page).read_text("utf-8").split())
    shown = re.findall(r"([\d.]+) (k|M)bit/s", text)
    bits = [float(number) * {"k": 1e3, "M": 1e6}[unit] for number, unit in shown]
    wanted = [f(name) for name in ("slin16", "ulaw") for f in (rtp_bits, realtime_bits)]
    assert bits == pytest.approx(wanted, rel=0.1)


@pytest.mark.parametrize("page", CAPACITY)
def test_the_open_files_are_what_the_doctor_counts(page: str) -> None:
    text = " ".join((ROOT / page).read_text("utf-8").split())
    words = {6: "six open files|seis archivos abiertos"}
    assert re.search(words[limits.DOCTOR_FILES_PER_CALL], text)


@pytest.mark.parametrize("page", CAPACITY)
def test_the_table_is_the_benchs(page: str) -> None:
    runs = re.findall(r"--append-ms (\d+) --undisturbed\n\n(.*?)\n\n", bench(), re.DOTALL)
    measured = {append: dict(lines_of(text)) for append, text in runs}
    for calls, core, memory in table(page, 0):
        busy, _, mb = measured["20"][int(calls)]
        assert core.startswith(f"{busy:.0f} %"), calls
        assert memory == f"{mb:.0f} MB", calls
    assert f"({measured['40'][100][0]:.0f} %" in core


def bench() -> str:
    return Path(ROOT / "bench/README.md").read_text("utf-8")


def lines_of(text: str) -> list[tuple[int, tuple[float, float, float]]]:
    """Calls, and of each line: busy %, taken %, MB at its end."""
    found = []
    for line in text.splitlines():
        cells = line.replace("%", "").split()
        if cells and cells[0].isdigit():
            found.append((int(cells[0]), (float(cells[1]), float(cells[2]), float(cells[6]))))
    return found


@pytest.mark.parametrize("page", ["docs/security.md", "docs/security.es.md"])
def test_the_folders_that_the_service_writes_are_the_units(page: str) -> None:
    unit = (ROOT / "etc/systemd/portero.service").read_text("utf-8")
    places = {"State": "/var/lib", "Cache": "/var/cache", "Runtime": "/run", "Logs": "/var/log"}
    found = re.findall(r"^(\w+)Directory=(\S+)$", unit, re.MULTILINE)
    wanted = {f"{places[kind]}/{name}" for kind, name in found if kind in places}
    shown = re.findall(r"`(/(?:var/\w+|run)/portero)`", (ROOT / page).read_text("utf-8"))
    assert set(shown) == wanted
