"""The doctor's look at the running portero and its ports, and whether Asterisk can reach them."""

from __future__ import annotations

import errno
import re
import socket
from typing import Any, Final

from portero.config.problems import printable
from portero.config.settings import MediaSettings
from portero.doctor.around import Look
from portero.doctor.bench import Bench, is_loopback
from portero.doctor.findings import Finding, Level
from portero.doctor.owners import Owner, who_has_udp, who_listens

DAEMON: Final = "daemon"
FASTAGI: Final = "fastagi.port"
PORTS: Final = "media.ports"
REACH: Final = "media.reach"

_FREEPBX: Final = 4573
_RTP: Final = (10_000, 20_000)  # Asterisk's own, unless rtp.conf says otherwise
_RTP_LINE: Final = re.compile(r"Port (start|end): *(\d+)")


async def look_at_daemon(bench: Bench) -> list[Finding]:
    """Whether portero runs, and what it says of itself."""
    status = bench.daemon
    if status is None and bench.denied:
        values: dict[str, Any] = {"why": printable(bench.denied)}
        return [Finding(DAEMON, Level.YELLOW, "doctor_daemon_denied", values, "doctor_cure_root")]
    if status is None:
        cure = "doctor_cure_daemon_none"
        return [Finding(DAEMON, Level.YELLOW, "doctor_daemon_none", {}, cure)]
    values = {"version": status.version, "pid": status.pid}
    if status.state == "ready":
        return [Finding(DAEMON, Level.GREEN, "doctor_daemon_ready", values)]
    values["why"] = printable("; ".join(status.why) or status.state)
    cure = "doctor_cure_daemon_trouble"
    return [Finding(DAEMON, Level.YELLOW, "doctor_daemon_trouble", values, cure)]


async def look_at_fastagi(bench: Bench) -> list[Finding]:
    """The port that AGI() calls: the daemon's, or free; anybody else's is red."""
    fastagi = bench.settings.asterisk.fastagi
    where = (fastagi.interface, fastagi.port)
    values: dict[str, Any] = {"name": "asterisk.fastagi.port", "where": f"{where[0]}:{where[1]}"}
    if fastagi.port == _FREEPBX:
        cure = "doctor_cure_port_freepbx"
        return [Finding(FASTAGI, Level.RED, "doctor_port_freepbx", values, cure)]
    return [_tcp(bench, FASTAGI, where, values)]


async def look_at_media_ports(bench: Bench) -> list[Finding]:
    """The ports of the sound: free or ours, and outside of Asterisk's own range."""
    media = bench.settings.media
    if media.leg == "audiosocket":
        where = (media.host, media.audiosocket_port)
        values = {"name": "media.audiosocket_port", "where": f"{where[0]}:{where[1]}"}
        return [_tcp(bench, PORTS, where, values)]
    return [*await _overlap(bench), *_udp(bench, media)]


async def look_at_reach(bench: Bench) -> list[Finding]:
    """media.host must be an address of this machine, and one that Asterisk can get to."""
    media, ami = bench.settings.media, bench.settings.asterisk.ami
    values: dict[str, Any] = {"host": media.host, "asterisk": ami.host}
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((media.host, 0))
    except OSError as error:
        values["why"] = error.strerror or str(error)
        return [Finding(REACH, Level.RED, "doctor_media_host", values, "doctor_cure_media_host")]
    if is_loopback(media.host) and not is_loopback(ami.host):
        return [Finding(REACH, Level.RED, "doctor_media_far", values, "doctor_cure_media_far")]
    return [Finding(REACH, Level.GREEN, "doctor_media_host_ok", values)]


def _tcp(bench: Bench, step: str, where: tuple[str, int], values: dict[str, Any]) -> Finding:
    trouble = _bind(socket.SOCK_STREAM, where)
    if trouble is None:
        if bench.daemon is None:
            return Finding(step, Level.GREEN, "doctor_port_free", values)
        return Finding(step, Level.YELLOW, "doctor_port_unused", values, "doctor_cure_restart")
    if trouble.errno != errno.EADDRINUSE:
        values["why"] = trouble.strerror or str(trouble)
        return Finding(step, Level.RED, "doctor_port_unbound", values, "doctor_cure_port_unbound")
    owner = who_listens(where[1])
    if _is_portero(bench, owner):
        return Finding(step, Level.GREEN, "doctor_port_ours", values)
    values["who"] = printable(owner or "?", 120)
    return Finding(step, Level.RED, "doctor_port_taken", values, "doctor_cure_port_taken")


def _is_portero(bench: Bench, owner: Owner | None) -> bool:
    """The daemon that answers, or one that this user may not ask."""
    if bench.daemon is not None:
        return owner is None or owner.pid == bench.daemon.pid
    return bool(bench.denied)


def _udp(bench: Bench, media: MediaSettings) -> list[Finding]:
    low, high = media.ports
    wanted = range(low + low % 2, high + 1, 2)
    busy = who_has_udp(frozenset(wanted))
    others = {port: it for port, it in busy.items() if not _is_portero(bench, it)}
    room = len(wanted) - len(others)
    values: dict[str, Any] = {"ports": f"{low}-{high}", "free": room, "all": len(wanted)}
    calls = bench.settings.asterisk.max_calls
    values["calls"] = calls
    if others:
        values["who"] = printable(next(iter(others.values())) or "?", 120)
        if not room:
            cure = "doctor_cure_ports_taken"
            return [Finding(PORTS, Level.RED, "doctor_ports_taken", values, cure)]
        cure = "doctor_cure_ports_taken"
        return [Finding(PORTS, Level.YELLOW, "doctor_ports_shared", values, cure)]
    if room < calls:
        cure = "doctor_cure_ports_few"
        return [Finding(PORTS, Level.YELLOW, "doctor_ports_few", values, cure)]
    return [Finding(PORTS, Level.GREEN, "doctor_ports_free", values)]


async def _overlap(bench: Bench) -> list[Finding]:
    """Asterisk takes ports of its own range as it likes, and finds ours taken, or takes them."""
    said = await bench.ask_console("rtp show settings") or ""
    told = {name: int(number) for name, number in _RTP_LINE.findall(said)}
    first, last = told.get("start", _RTP[0]), told.get("end", _RTP[1])
    low, high = bench.settings.media.ports
    if high < first or low > last or not is_loopback(bench.settings.asterisk.ami.host):
        return []
    values = {"ports": f"{low}-{high}", "theirs": f"{first}-{last}"}
    return [Finding(PORTS, Level.YELLOW, "doctor_ports_overlap", values, "doctor_cure_ports_taken")]


def _bind(kind: socket.SocketKind, where: tuple[str, int]) -> OSError | None:
    """Why that can't be listened on; None: it can."""
    family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the daemon does
        try:
            probe.bind(where)
            if kind == socket.SOCK_STREAM:
                probe.listen(1)
        except OSError as error:
            return error
    return None


LOOKS: Final = (
    Look(DAEMON, look_at_daemon),
    Look(FASTAGI, look_at_fastagi),
    Look(PORTS, look_at_media_ports),
    Look(REACH, look_at_reach),
)
