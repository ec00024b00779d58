"""The AMI over TLS on a real Asterisk: a certificate that is good, and each way to be none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import yaml

from twisted.internet.threads import deferToThread

from portero.messages import text

from .ami_probe import AmiProbe, log_in
from .asterisk_server import SAMPLES, AsteriskServer, NoAsterisk, free_port
from .authority import YEAR, Authority
from .conftest import cannot
from .gatehouse import Gatehouse, agent, said
from .visit import add_tones

pytestmark = pytest.mark.real

HOST = "localhost"


class Secured:
    """An Asterisk whose AMI also speaks TLS, as the sample says."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.port = free_port()
        self.asterisk = AsteriskServer(root, folder / "private")
        self.authority = Authority("Residencial Lomas CA", folder)
        self.stranger = Authority("Somebody Else CA", folder)
        self.certificate = self.asterisk.directory / "etc" / "keys" / "portero.pem"
        self.key = self.certificate.with_suffix(".key")
        etc = self.asterisk.directory / "etc"
        sample = (SAMPLES / "manager_tls.conf").read_text()
        for theirs, ours in (
            ("0.0.0.0:5039", f"127.0.0.1:{self.port}"),
            ("/etc/asterisk/keys", self.asterisk.inside(self.certificate.parent)),
        ):
            assert theirs in sample
            sample = sample.replace(theirs, ours)
        (etc / "manager_tls.conf").write_text(sample)
        with (etc / "manager.conf").open("a") as manager:
            manager.write("#include manager_tls.conf\n")
        add_tones(self.asterisk)
        self.authority.sign(HOST, self.certificate, self.key)

    def renew(self, **how: Any) -> None:
        """Another certificate, taken as the doctor says: what is unchanged is not read."""
        self.authority.sign(HOST, self.certificate, self.key, **how)
        (self.asterisk.directory / "etc" / "manager.conf").touch()
        self.asterisk.cli("manager reload")

    def house(self, folder: Path, host: str = HOST) -> Gatehouse:
        """A house whose daemon knows this AMI by TLS only."""
        house = Gatehouse(self.asterisk, folder)
        house.config["asterisk"]["ami"] |= {"host": host, "port": self.port, "tls": True}
        return house


@pytest.fixture(scope="module")
def secured(asterisk_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    made = Secured(asterisk_root, tmp_path_factory.mktemp("secured"))
    try:
        made.asterisk.start()
    except NoAsterisk as error:
        cannot(str(error))
    yield made
    made.asterisk.stop()


@pytest_twisted.async_yield_fixture
async def tester(secured: Secured) -> AsyncIterator[AmiProbe]:
    probe = await log_in(secured.asterisk.ports.ami, "tester", "tester")
    yield probe
    await probe.close()


House = Callable[..., Gatehouse]


@pytest_twisted.async_yield_fixture
async def house_at(secured: Secured, tmp_path: Path) -> AsyncIterator[House]:
    """Makes the house of a test; its daemon and its stand-ins end with it."""
    made: list[Gatehouse] = []

    def make(host: str = HOST) -> Gatehouse:
        made.append(secured.house(tmp_path, host))
        return made[0]

    yield make
    for house in made:
        print(house.daemon.log)  # pytest shows it when the test has failed
        await house.close()


def trust(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> None:
    """For child processes: what update-ca-certificates does for the whole system."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))


def doctor(house: Gatehouse) -> dict[str, Any]:
    """What `portero doctor --only ami --json` finds, by step."""
    file = house.folder / "config.yaml"
    file.write_text(yaml.safe_dump(house.config, allow_unicode=True))
    portero = [sys.executable, "-c", "from portero.cli import main; main()"]
    done = subprocess.run(
        [*portero, "doctor", "--only", "ami", "--json", "--config", str(file)],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "en_US.UTF-8"},
        check=False,
    )
    assert "Traceback" not in done.stderr
    return {found["step"]: found for found in json.loads(done.stdout)}


@pytest_twisted.ensureDeferred
async def test_a_call_flows_over_tls(
    secured: Secured, tester: AmiProbe, house_at: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(monkeypatch, secured.authority)
    house = house_at()
    house.agent_does(agent(), said(), agent())
    await house.start()
    assert house.sockets()["ami"] == 1  # and this is the port of TLS

    visit = await house.visit(tester)
    await house.greeted(tester, visit)
    await visit.hang_up(tester)

    assert (await house.ended(tester, visit))["Status"] == "HANGUP"
    await house.nothing_is_left(tester)
    found = await deferToThread(doctor, house)
    assert [found[step]["level"] for step in ("ami.reach", "ami.login")] == ["green", "green"]
    assert [step for step in found.values() if step["level"] == "red"] == []
    assert "change-this-secret" not in house.daemon.log


@pytest.mark.parametrize(
    ("host", "ours", "age", "log", "cure"),
    [
        (HOST, False, 0, "is not trusted by this machine.*update-ca-certificates", "untrusted"),
        (HOST, True, 2, "has expired.*renew the certificate", "expired"),
        ("127.0.0.1", True, 0, "names another host.*set asterisk.ami.host", "other_name"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_certificate_that_is_none_gets_no_secret_and_is_told_with_its_cure(
    secured: Secured,
    tester: AmiProbe,
    house_at: House,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    ours: bool,
    age: int,
    log: str,
    cure: str,
) -> None:
    trust(monkeypatch, secured.authority if ours else secured.stranger)
    secured.renew(age=age * YEAR)
    house = house_at(host)
    await house.start(logged_in=False)
    await house.daemon.logged(rf"AMI at tls:{host}:{secured.port}: .*{log}")
    found = await deferToThread(doctor, house)
    reach = found["ami.reach"]
    assert reach["level"] == "red"
    values = {"host": host}
    assert reach["cure"] == text(f"doctor_cure_ami_{cure}", "en", **values)
    assert tester.seen("SuccessfulAuth", AccountID="portero") == []

    secured.renew()
    if ours and host == HOST:  # the daemon needs no restart once the certificate is good
        await house.daemon.logged("logged in as portero")
    assert "Traceback" not in house.daemon.log


@pytest_twisted.ensureDeferred
async def test_tls_where_asterisk_speaks_none(secured: Secured, house_at: House) -> None:
    house = house_at()
    house.config["asterisk"]["ami"]["port"] = secured.asterisk.ports.ami
    await house.start(logged_in=False)
    await house.daemon.logged("does not speak TLS there; set asterisk.ami.tls: false")
    found = await deferToThread(doctor, house)
    assert found["ami.reach"]["cure"] == text("doctor_cure_ami_tls", "en")
