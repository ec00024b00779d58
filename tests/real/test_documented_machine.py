"""What the pages have people type at, or give to, Debian's own programs: on a Debian, by these."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.pages import PAGES, Block, blocks, inline, of_kind

from portero.install.settingsfile import API_KEY, DATABASE
from portero.logs import as_record

from .conftest import cannot
from .debian_machine import DebianMachine, NoMachine, find_root

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

BROUGHT = ("bsd-mailx", "caddy", "cron", "iproute2", "nginx-light", "openssl", "postgresql", "sudo")
"""Packages that the pages take for granted; sqlite3 they install themselves."""
SAID = sorted(
    {
        text.replace("…", "5f2c00aa11bb")
        for page in PAGES
        for text in inline(page)
        if text.split()[0] in ("systemctl", "journalctl", "systemd-analyze") and " " in text
    }
)
"""Commands of systemd's that are named in the prose."""
UNIT = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=sleep 1000\nExecReload=true\n"
CALL = "5f2c00aa11bb"
KEY = "sk-canary\n"
DEVICE = "127.0.0.1:18443"
SEND = """
import socket, subprocess
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as it:
    for name in ("hers", "another"):
        it.sendto(open(f"/root/{name}", "rb").read(), "/run/systemd/journal/socket")
# journald looks the sender's unit up while the sender lives.
subprocess.run(["journalctl", "--sync"], check=True)
"""
NGINX = "events {}\nhttp {\n  server {\n    listen 127.0.0.1:18090;\n    %s\n  }\n}\n"


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebianMachine]:
    """A Debian with those packages, none of whose services runs."""
    try:
        machine = DebianMachine(find_root(), tmp_path_factory.mktemp("debian"))
        machine.start()
    except NoMachine as error:
        cannot(str(error))
    try:
        for file in ("/etc/resolv.conf", "/etc/hosts"):
            machine.path(file).write_text(Path(file).read_text())
        forbidding = machine.path("/usr/sbin/policy-rc.d")
        forbidding.write_text("#!/bin/sh\nexit 101\n")
        forbidding.chmod(0o755)
        try:
            machine.run("apt-get", "update", "-qq")
            apt_install(machine, *BROUGHT)
        except AssertionError as error:
            cannot(f"apt can't get Debian's packages: {error}")
        yield machine
    finally:
        machine.stop()


def apt_install(machine: DebianMachine, *packages: str) -> None:
    command = ("apt", "install", "--no-install-recommends", "-y", *packages)
    machine.run(*command, env={"DEBIAN_FRONTEND": "noninteractive"})


def shown(page: str, beginning: str, kind: str = "sh") -> str:
    """The line of a page that begins so."""
    lines = [it for block in blocks(page) if block.kind == kind for it in block.text.splitlines()]
    (line,) = (it.strip() for it in lines if it.startswith(beginning))
    return line


def typed(machine: DebianMachine, line: str, answers: str | None = None) -> str:
    """What the shell makes of a line, and says."""
    return machine.run("sh", "-c", line, typed=answers).stdout


def test_somebody_joins_the_group(debian: DebianMachine) -> None:
    debian.run("groupadd", "--system", "portero")
    debian.run("useradd", "maria")
    typed(debian, shown("docs/operating.md", "usermod "))
    assert "portero" in debian.run("id", "-nG", "maria").stdout.split()


def test_a_key_is_changed(debian: DebianMachine) -> None:
    folder = "/etc/portero/credentials"
    debian.run("mkdir", "-p", folder)
    typed(debian, shown("docs/troubleshooting.md", "install -m "), KEY)
    assert debian.path(f"{folder}/{API_KEY}").read_text() == KEY
    assert debian.run("stat", "-c", "%a", f"{folder}/{API_KEY}").stdout == "600\n"


def test_the_database_is_copied(debian: DebianMachine) -> None:
    apt_install(debian, *shown("docs/operating.md", "apt install sqlite3").split()[2:])
    debian.run("mkdir", "-p", str(Path(DATABASE).parent))
    debian.run("sqlite3", DATABASE, "create table kept (it); insert into kept values (5);")
    typed(debian, shown("docs/operating.md", "sqlite3 "))
    assert debian.run("sqlite3", "/root/portero.db", "select it from kept").stdout == "5\n"


def test_the_journal_shows_a_call(debian: DebianMachine) -> None:
    """The datagrams are the log's own; they are sent from a unit of portero's name."""
    for name, call in (("hers", CALL), ("another", "c2")):
        event = {"log_format": name, "log_namespace": "portero.call", "call": call}
        debian.path(f"/root/{name}").write_bytes(as_record(event))
    debian.run("systemd-run", "--quiet", "--wait", "--unit=portero", "python3", "-c", SEND)
    told = typed(debian, shown("docs/operating.md", "journalctl "))
    assert "hers" in told
    assert "another" not in told


@pytest.mark.parametrize("line", SAID)
def test_systemd_does_what_the_prose_names(debian: DebianMachine, line: str) -> None:
    debian.path("/etc/systemd/system/portero.service").write_text(UNIT)
    debian.run("systemctl", "daemon-reload")
    debian.run("systemctl", "restart", "portero")  # the line before may have it still ending
    typed(debian, line)


def test_a_devices_certificate_is_saved(debian: DebianMachine) -> None:
    (line,) = {it for page in PAGES for it in inline(page) if it.startswith("openssl ")}
    debian.run("mkdir", "-p", "/etc/portero")
    made = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=gate -keyout /root/k -out /root/c"
    debian.run(*made.split())
    serve = f"openssl s_server -www -accept {DEVICE} -key /root/k -cert /root/c"
    debian.run("systemd-run", "--quiet", "--unit=device", *serve.split())
    listens = f"until ss -Hltn | grep -q {DEVICE}; do sleep 0.1; done"
    debian.run("timeout", "10", "sh", "-c", listens)
    try:
        typed(debian, line.replace("192.0.2.20:443", DEVICE))
    finally:
        debian.run("systemctl", "stop", "device")
    assert debian.path("/etc/portero/gate.pem").read_text() == debian.path("/root/c").read_text()


def test_a_database_of_postgresqls_is_made(debian: DebianMachine) -> None:
    with debian.path("/etc/postgresql/15/main/postgresql.conf").open("a") as settings:
        settings.write("listen_addresses = ''\n")
    debian.run("pg_ctlcluster", "15", "main", "start")
    try:
        typed(debian, shown("docs/gatekeeper.md", "sudo -u postgres createuser"), "p\np\n")
        typed(debian, shown("docs/gatekeeper.md", "sudo -u postgres createdb"))
        owner = "select pg_get_userbyid(datdba) from pg_database where datname = 'portero'"
        asked = ("sudo", "-u", "postgres", "psql", "-Atc", owner)
        assert debian.run(*asked).stdout == "portero\n"
    finally:
        debian.run("pg_ctlcluster", "15", "main", "stop")


@pytest.mark.parametrize("block", of_kind("crontab"), ids=str)
def test_cron_takes_it(debian: DebianMachine, block: Block) -> None:
    debian.run("crontab", "-", typed=block.text)
    assert debian.run("crontab", "-l").stdout == block.text
    for line in block.text.splitlines():
        for piped in line.split("|")[1:]:
            debian.run("which", piped.split()[0])


@pytest.mark.parametrize("block", of_kind("caddy"), ids=str)
def test_caddy_takes_it(debian: DebianMachine, block: Block) -> None:
    debian.path("/root/Caddyfile").write_text(block.text)
    debian.run("caddy", "validate", "--adapter", "caddyfile", "--config", "/root/Caddyfile")


@pytest.mark.parametrize("block", of_kind("nginx"), ids=str)
def test_nginx_takes_it(debian: DebianMachine, block: Block) -> None:
    debian.path("/root/nginx.conf").write_text(NGINX % block.text)
    debian.run("nginx", "-t", "-c", "/root/nginx.conf")
