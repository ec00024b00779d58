"""Whose ports they are (real sockets)."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest_twisted
from told import GREEN, RED, YELLOW, told

from portero.config.settings import Settings
from portero.doctor.owners import who_has_udp, who_listens
from portero.doctor.ports import look_at_daemon, look_at_fastagi, look_at_media_ports, look_at_reach


@dataclass
class Bench:
    settings: Settings
    daemon: Any = None
    denied: str = ""
    rtp: str | None = None

    async def ask_console(self, line: str) -> str | None:
        assert line == "rtp show settings"
        return self.rtp


def bench(media: dict[str, Any] | None = None, agi: int = 4574, **more: Any) -> Any:
    asterisk = {"fastagi": {"port": agi}, "max_calls": 2, "ami": more.pop("ami", {})}
    return Bench(Settings.model_validate({"asterisk": asterisk, "media": media or {}}), **more)


def listening() -> tuple[socket.socket, int]:
    server = socket.create_server(("127.0.0.1", 0))
    return server, server.getsockname()[1]


def me() -> Any:
    return SimpleNamespace(pid=os.getpid())


def test_who_listens_is_found_by_the_port() -> None:
    server, port = listening()
    with server:
        owner = who_listens(port)
        assert owner is not None
        assert owner.pid == os.getpid()
        assert str(owner).endswith(f"(pid {os.getpid()})")
    assert who_listens(port) is None


def test_who_has_a_udp_port() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", 0))
        port = mine.getsockname()[1]
        found = who_has_udp(frozenset({port}))
        assert found[port] is not None
        assert found[port].pid == os.getpid()
    assert who_has_udp(frozenset({port})) == {}


@pytest_twisted.ensureDeferred
async def test_a_port_is_free_ours_or_anothers() -> None:
    server, port = listening()
    with server:
        taken = await look_at_fastagi(bench(agi=port))
        assert told(taken) == [("fastagi.port", RED)]
        assert str(os.getpid()) in taken[0].values["who"]
        assert told(await look_at_fastagi(bench(agi=port, daemon=me()))) == [
            ("fastagi.port", GREEN)
        ]
        other = SimpleNamespace(pid=1)
        assert told(await look_at_fastagi(bench(agi=port, daemon=other))) == [("fastagi.port", RED)]
        denied = bench(agi=port, denied="may not")
        assert told(await look_at_fastagi(denied)) == [("fastagi.port", GREEN)]
    free = await look_at_fastagi(bench(agi=port))
    assert (free[0].word, free[0].level) == ("doctor_port_free", GREEN)
    unused = await look_at_fastagi(bench(agi=port, daemon=me()))
    assert (unused[0].word, unused[0].level) == ("doctor_port_unused", YELLOW)
    told(unused)


@pytest_twisted.ensureDeferred
async def test_freepbx_has_a_port_even_while_it_sleeps() -> None:
    findings = await look_at_fastagi(bench(agi=4573))
    assert told(findings) == [("fastagi.port", RED)]
    assert findings[0].word == "doctor_port_freepbx"


@pytest_twisted.ensureDeferred
async def test_media_ports_that_others_have() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", 0))
        port = mine.getsockname()[1]
        low = port - port % 2
        if low != port:  # only even ports are used
            mine.close()
            mine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            mine.bind(("127.0.0.1", low))
        narrow = {"ports": f"{low}-{low + 1}"}
        wide = {"ports": f"{low}-{low + 9}"}
        all_gone = await look_at_media_ports(bench(narrow))
        assert told(all_gone)[-1] == ("media.ports", RED)
        some = await look_at_media_ports(bench(wide))
        assert told(some)[-1] == ("media.ports", YELLOW)
        assert some[-1].values["free"] == 4
        ours = await look_at_media_ports(bench(wide, daemon=me()))
        assert ours[-1].word == "doctor_ports_free"
        mine.close()


@pytest_twisted.ensureDeferred
async def test_too_few_media_ports() -> None:
    findings = await look_at_media_ports(bench({"ports": "21000-21001"}))
    assert [(it.word, it.level) for it in findings] == [("doctor_ports_few", YELLOW)]
    told(findings)


@pytest_twisted.ensureDeferred
async def test_ports_of_asterisks_own_range() -> None:
    inside = {"ports": "15000-15099"}
    assert (await look_at_media_ports(bench(inside)))[0].word == "doctor_ports_overlap"
    elsewhere = "  Port start:      5000\n  Port end:        6000\n"
    assert told(await look_at_media_ports(bench(inside, rtp=elsewhere))) == [("media.ports", GREEN)]
    theirs = "  Port start:      21000\n  Port end:        22000\n"
    assert (await look_at_media_ports(bench(rtp=theirs)))[0].word == "doctor_ports_overlap"


@pytest_twisted.ensureDeferred
async def test_the_port_of_audiosocket() -> None:
    server, port = listening()
    media = {"leg": "audiosocket", "audiosocket_port": port}
    with server:
        assert told(await look_at_media_ports(bench(media))) == [("media.ports", RED)]
    assert told(await look_at_media_ports(bench(media))) == [("media.ports", GREEN)]


@pytest_twisted.ensureDeferred
async def test_an_address_that_asterisk_can_reach() -> None:
    assert told(await look_at_reach(bench())) == [("media.reach", GREEN)]
    assert told(await look_at_reach(bench({"host": "192.0.2.9"}))) == [("media.reach", RED)]
    far = await look_at_reach(bench(ami={"host": "192.0.2.1"}))
    assert [(it.word, it.level) for it in far] == [("doctor_media_far", RED)]
    told(far)


@pytest_twisted.ensureDeferred
async def test_how_the_running_portero_is() -> None:
    ready = SimpleNamespace(version="1", pid=7, state="ready", why=())
    away = SimpleNamespace(version="1", pid=7, state="degraded", why=("no AMI session",))
    assert told(await look_at_daemon(bench())) == [("daemon", YELLOW)]
    assert told(await look_at_daemon(bench(denied="not you"))) == [("daemon", YELLOW)]
    assert told(await look_at_daemon(bench(daemon=ready))) == [("daemon", GREEN)]
    findings = await look_at_daemon(bench(daemon=away))
    assert told(findings) == [("daemon", YELLOW)]
    assert findings[0].values["why"] == "no AMI session"
