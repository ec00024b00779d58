"""What the tests on a real Asterisk share."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import pytest_twisted

from twisted.internet import reactor
from twisted.internet.task import deferLater

from . import visit
from .ami_probe import PATIENCE, AmiProbe, log_in
from .asterisk_server import AsteriskServer, NoAsterisk, find_root
from .packaged_house import build


@pytest.fixture(scope="session")
def asterisk_root() -> Path:
    try:
        return find_root()
    except NoAsterisk as error:
        cannot(str(error))


@pytest.fixture(scope="session")
def asterisk(
    asterisk_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AsteriskServer]:
    """A running Asterisk with the sample dialplan and AMI user of ``etc/asterisk``."""
    server = AsteriskServer(asterisk_root, tmp_path_factory.mktemp("asterisk") / "private")
    visit.add_tones(server)
    try:
        server.start()
    except NoAsterisk as error:
        cannot(str(error))
    yield server
    server.stop()


@pytest_twisted.async_yield_fixture
async def ami(asterisk: AsteriskServer) -> AsyncIterator[AmiProbe]:
    """The tests' own AMI session, with all rights; every channel has ended afterwards."""
    if not asterisk.running:
        asterisk.start()
    probe = await log_in(asterisk.ports.ami, "tester", "tester")
    yield probe
    if asterisk.running:
        await nobody_is_left(probe)
    await probe.close()


async def nobody_is_left(probe: AmiProbe) -> None:
    """Hang up all channels; when they have gone they complain in no other test's time."""
    await probe.cli("channel request hangup all")
    deadline = reactor.seconds() + PATIENCE  # type: ignore[attr-defined]
    while "0 active channels" not in (told := await probe.cli("core show channels count")):
        assert reactor.seconds() < deadline, told  # type: ignore[attr-defined]
        await deferLater(reactor, 0.02)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Debian package; it takes a minute or two to build."""
    if os.geteuid() != 0 or shutil.which("dpkg-deb") is None:
        cannot("a package is tried as root, on Debian or its like")
    return build(tmp_path_factory.mktemp("package"))


def cannot(why: str) -> NoReturn:
    """Skip, or fail where ``PORTERO_REQUIRE_REAL`` asks for the real thing."""
    if os.environ.get("PORTERO_REQUIRE_REAL"):
        pytest.fail(f"PORTERO_REQUIRE_REAL is set, but: {why}")
    pytest.skip(f"NO REAL ASTERISK, this was not tested: {why}")
