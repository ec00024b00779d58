"""`portero doctor` on a real Asterisk: all green where all is well, and each fault by its name."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_twisted

from portero.doctor.findings import Finding, Level

from .asterisk_server import AsteriskServer, free_port
from .daemon import start_daemon
from .doctor_room import Room

pytestmark = pytest.mark.real

USERS = """
[nothing]
secret = change-this-secret
read = call,dtmf

[deaf]
secret = change-this-secret
read = log
write = call,reporting,originate

[mighty]
secret = change-this-secret
read = all
write = all
"""


@pytest.fixture(scope="module")
def asterisk(
    asterisk_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AsteriskServer]:
    """One of this module's own: it is broken again and again."""
    server = AsteriskServer(asterisk_root, tmp_path_factory.mktemp("doctor") / "private")
    with (server.directory / "etc" / "manager.conf").open("a") as manager:
        manager.write(USERS)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def room(asterisk: AsteriskServer, tmp_path: Path) -> Iterator[Room]:
    yield Room(asterisk, tmp_path)
    asterisk.cli("dialplan reload")


def levels(findings: list[Finding]) -> set[Level]:
    return {finding.level for finding in findings}


# -- all is well


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_all_is_green_without_a_daemon(room: Room) -> None:
    findings = await room.look()
    assert levels(findings) == {Level.GREEN}, findings
    echo = next(finding for finding in findings if finding.step == "media.echo")
    assert echo.values["delay_ms"] < 200
    assert abs(echo.values["level_db"]) < 1
    assert echo.values["likeness"] > 0.9


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_all_is_green_beside_a_running_daemon(room: Room, tmp_path: Path) -> None:
    daemon = await start_daemon(room.config, tmp_path)
    try:
        findings = await room.look()
        assert levels(findings) == {Level.GREEN}, findings
        assert "doctor_port_ours" in {finding.word for finding in findings}
    finally:
        await daemon.stop()


@pytest.mark.parametrize(
    "media",
    [
        {"format": "slin"},
        {"format": "ulaw"},
        {"format": "alaw"},
        {"format": "g722"},
        {"leg": "audiosocket", "format": "slin24"},
    ],
    ids=lambda media: media["format"],
)
@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_the_sound_comes_back_in_every_format(room: Room, media: dict[str, str]) -> None:
    room.config["media"] |= media | {"audiosocket_port": free_port()}
    assert await room.finds("doctor_echo_ok", "media.echo")


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_who_may_call_needs_no_console_for_the_test_call(room: Room) -> None:
    room.ami["username"] = "portero-calls"
    room.root = False
    assert await room.finds("doctor_echo_ok", "media.echo")


@pytest_twisted.ensureDeferred
async def test_who_may_not_call_and_has_no_console_is_told(room: Room) -> None:
    room.root = False
    found = await room.finds("doctor_echo_nobody", "media.echo")
    assert found.level is Level.YELLOW


# -- the AMI


@pytest_twisted.ensureDeferred
async def test_nobody_listens(room: Room) -> None:
    room.ami["port"] = free_port()
    findings = await room.look()
    words = {finding.step: finding.word for finding in findings}
    assert words["ami.reach"] == "doctor_ami_refusing"
    login = next(finding for finding in findings if finding.step == "ami.login")
    assert login.level is Level.SKIPPED
    assert {it.values["because"] for it in findings if it.level is Level.SKIPPED} == {"ami.reach"}


@pytest.mark.parametrize(
    ("user", "secret", "root", "word"),
    [
        ("portero", "wrong", True, "doctor_ami_secret"),
        ("portero", "wrong", False, "doctor_ami_denied"),
        ("nobody", "change-this-secret", True, "doctor_ami_no_user"),
        ("outsider", "right-secret", True, "doctor_ami_permit"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_login_that_is_refused(
    room: Room, user: str, secret: str, root: bool, word: str
) -> None:
    room.ami.update(username=user, password=secret)
    room.root = root
    found = await room.finds(word, "ami.login")
    assert found.level is Level.RED
    assert found.values["user"] == user


@pytest_twisted.ensureDeferred
async def test_a_user_without_rights(room: Room) -> None:
    room.ami["username"] = "nothing"
    found = await room.finds("doctor_rights_missing", "ami.rights")
    assert "hangup" in found.values["missing"]
    assert found.values["wanted"] == "call,reporting"
    findings = await room.look("dialplan")
    assert {it.level for it in findings if it.step.startswith("dialplan")} == {Level.SKIPPED}


@pytest_twisted.ensureDeferred
async def test_a_user_who_hears_no_events(room: Room) -> None:
    room.ami["username"] = "deaf"
    found = await room.finds("doctor_rights_read", "ami.rights")
    assert found.values["missing"] == "call,dtmf"
    room.root = False  # then the console tells nothing, and the test call does
    assert await room.finds("doctor_echo_no_leg", "media.echo")


@pytest_twisted.ensureDeferred
async def test_a_user_who_may_too_much(room: Room) -> None:
    room.ami["username"] = "mighty"
    found = await room.finds("doctor_rights_excess", "ami.rights")
    assert found.level is Level.YELLOW
    assert found.values["excess"] == "command, config, system"


@pytest_twisted.ensureDeferred
async def test_calls_that_the_settings_want_and_the_user_may_not_make(room: Room) -> None:
    room.config["tenants"][0]["notify"] = {"chain": [{"by": "call"}]}
    found = await room.finds("doctor_rights_calls", "ami.rights")
    assert found.values["wanted"] == "call,originate,reporting"
    room.ami["username"] = "portero-calls"
    assert await room.finds("doctor_rights_ok", "ami.rights")


# -- Asterisk


@pytest_twisted.ensureDeferred
async def test_a_module_that_is_not_loaded(room: Room) -> None:
    room.asterisk.cli("module unload chan_rtp.so")
    try:
        found = await room.finds("doctor_module_missing", "asterisk.modules")
        assert found.values["module"] == "chan_rtp.so"
        findings = await room.look("media.echo")
        assert findings[-1].values == {"because": "asterisk.modules"}
    finally:
        room.asterisk.cli("module load chan_rtp.so")


@pytest_twisted.ensureDeferred
async def test_modules_without_func_module(room: Room) -> None:
    room.asterisk.cli("module unload func_module.so")
    try:
        assert await room.finds("doctor_modules_ok", "asterisk.modules")
        room.root = False
        found = await room.finds("doctor_modules_unseen", "asterisk.modules")
        assert found.level is Level.YELLOW
    finally:
        room.asterisk.cli("module load func_module.so")


# -- the dialplan


@pytest_twisted.ensureDeferred
async def test_no_context(room: Room) -> None:
    room.asterisk.cli("dialplan remove context portero")
    assert (await room.finds("doctor_context_missing", "dialplan")).values["context"] == "portero"


@pytest_twisted.ensureDeferred
async def test_no_context_for_residents_who_are_called(room: Room) -> None:
    room.asterisk.cli("dialplan remove context portero-resident")
    assert await room.finds("doctor_context_ok", "dialplan")
    room.config["tenants"][0]["notify"] = {"chain": [{"by": "call"}]}
    found = await room.finds("doctor_context_missing", "dialplan")
    assert found.values["context"] == "portero-resident"


@pytest_twisted.ensureDeferred
async def test_the_dialplan_of_an_older_portero(room: Room) -> None:
    room.asterisk.cli("dialplan remove context portero-doctor")
    findings = await room.look("media.echo")
    words = [finding.word for finding in findings]
    assert "doctor_context_old" in words
    assert findings[-1].level is Level.SKIPPED


@pytest_twisted.ensureDeferred
async def test_a_dialplan_where_no_did_can_be_tried(room: Room) -> None:
    room.asterisk.cli("dialplan remove extension _did.@portero")
    found = await room.finds("doctor_context_old", "dialplan")
    assert found.values == {"context": "portero", "extension": "did0"}


@pytest.mark.parametrize(
    ("url", "word", "level"),
    [
        ("agi://127.0.0.1:4573/portero", "doctor_agi_freepbx", Level.RED),
        ("agi://127.0.0.1/portero", "doctor_agi_freepbx", Level.RED),
        ("agi://127.0.0.1:4999/portero", "doctor_agi_port", Level.RED),
        ("agi://127.0.0.1:{port}/puerta", "doctor_agi_script", Level.RED),
        ("agi://192.0.2.7:{port}/portero", "doctor_agi_host", Level.RED),
        ("agi://localhost:{port}/portero", "doctor_agi_localhost", Level.YELLOW),
        ("agi://127.0.0.1:{port}/portero?tenant=lomas", "doctor_agi_ok", Level.GREEN),
    ],
)
@pytest_twisted.ensureDeferred
async def test_where_the_dialplan_calls(room: Room, url: str, word: str, level: Level) -> None:
    url = url.format(port=room.asterisk.ports.fastagi)
    room.asterisk.cli(f"dialplan set global PORTERO_URL {url}")
    findings = await room.look("dialplan.agi")
    found = next(it for it in findings if it.values.get("url") == url)
    assert (found.word, found.level) == (word, level)


@pytest_twisted.ensureDeferred
async def test_the_samples_own_address_is_4574(room: Room) -> None:
    room.asterisk.cli('dialplan set global PORTERO_URL ""')
    found = await room.finds("doctor_agi_port", "dialplan.agi")
    assert found.values["url"] == "agi://127.0.0.1:4574/portero"


@pytest_twisted.ensureDeferred
async def test_a_guard_who_is_not_there(room: Room) -> None:
    room.config["tenants"][0]["guard"]["extension"] = "999"
    found = await room.finds("doctor_guard_missing", "dialplan.guard")
    assert (found.values["extension"], found.level) == ("999", Level.RED)


# -- ports and sound


@pytest_twisted.ensureDeferred
async def test_a_port_that_another_program_has(room: Room) -> None:
    with socket.create_server(("127.0.0.1", room.asterisk.ports.fastagi)):
        found = await room.finds("doctor_port_taken", "fastagi.port")
        assert "pytest" in found.values["who"]
        findings = await room.look("media.echo")
    assert findings[-1].values == {"because": "fastagi.port"}


@pytest_twisted.ensureDeferred
async def test_media_ports_inside_of_asterisks_own(room: Room) -> None:
    low = room.asterisk.ports.rtp + 100
    room.config["media"]["ports"] = f"{low}-{low + 39}"
    found = await room.finds("doctor_ports_overlap", "media.ports")
    assert found.values["theirs"].startswith(str(room.asterisk.ports.rtp))


@pytest_twisted.ensureDeferred
async def test_a_media_host_that_is_not_ours(room: Room) -> None:
    room.config["media"]["host"] = "192.0.2.9"
    found = await room.finds("doctor_media_host", "media.reach")
    assert found.level is Level.RED


@pytest_twisted.ensureDeferred
async def test_asterisk_is_not_allowed_to_call(room: Room) -> None:
    room.config["asterisk"]["fastagi"]["allow"] = ["192.0.2.0/24"]
    assert await room.finds("doctor_echo_no_call", "media.echo")


def half(room: Room, *steps: str) -> None:
    """Another far half of the test call: what it does instead of Echo()."""
    room.asterisk.cli("dialplan remove extension echo@portero-doctor")
    for number, step in enumerate(("Answer", *steps, "Echo"), 1):
        name, _, data = step.partition("(")
        data = data.removesuffix(")").replace(",", "\\,")
        room.asterisk.cli(
            f"dialplan add extension echo,{number},{name}({data}) into portero-doctor"
        )


@pytest_twisted.ensureDeferred
async def test_no_sound_comes_back(room: Room) -> None:
    half(room, "Wait(20)")
    assert (await room.finds("doctor_echo_nothing", "media.echo")).level is Level.RED


@pytest_twisted.ensureDeferred
async def test_asterisk_is_heard_and_hears_nothing(room: Room) -> None:
    """Instead of the sample's Echo(), which sends nothing where nothing comes; the rest stays."""
    room.asterisk.cli("dialplan remove extension echo@portero-doctor 3")
    room.asterisk.cli("dialplan add extension echo,3,Wait(20) into portero-doctor")
    found = await room.finds("doctor_echo_silent", "media.echo")
    assert found.values["frames_in"] > 25


@pytest.mark.by_ear
@pytest_twisted.ensureDeferred
async def test_another_sound_comes_back(room: Room) -> None:
    half(room, "Playtones(440)", "Wait(20)")
    assert (await room.finds("doctor_echo_garbled", "media.echo")).level is Level.RED


@pytest_twisted.ensureDeferred
async def test_the_sound_comes_back_softly(room: Room) -> None:
    room.asterisk.cli("module load func_volume.so")
    half(room, "Set(VOLUME(TX)=-8)")
    found = await room.finds("doctor_echo_level", "media.echo")
    assert found.values["level_db"] < -10


@pytest_twisted.ensureDeferred
async def test_asterisk_does_not_hear_us_and_sends_silence(room: Room) -> None:
    half(room, "Playtones(0)", "Wait(20)")
    found = await room.finds("doctor_echo_silent", "media.echo")
    assert found.values["frames_in"] > 25
