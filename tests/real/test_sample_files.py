"""``etc/asterisk`` as shipped, on a real Asterisk: it loads, and leads everybody somewhere."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_twisted

from .agi_probe import AgiProbe
from .ami_probe import AmiProbe, log_in
from .asterisk_server import AsteriskServer
from .visit import Visit, originate_visit

pytestmark = pytest.mark.real


@pytest_twisted.async_yield_fixture
async def agi(asterisk: AsteriskServer) -> AsyncIterator[AgiProbe]:
    """A FastAGI server where the sample dialplan looks for portero."""
    probe = AgiProbe(asterisk.ports.fastagi)
    yield probe
    await probe.close()


async def fallback(ami: AmiProbe, visit: Visit) -> dict[str, str]:
    """What the dialplan knew when the visitor reached the guard picked in FreePBX."""
    return await ami.event("UserEvent", UserEvent="Fallback", Uniqueid=f"{visit.id}-far")


@pytest_twisted.ensureDeferred
async def test_they_load_without_a_warning(asterisk: AsteriskServer, ami: AmiProbe) -> None:
    asterisk.complaints()
    assert "Dialplan reloaded" in asterisk.cli("dialplan reload")
    asterisk.cli("manager reload")
    assert asterisk.complaints() == []


def test_a_start_from_nothing_has_no_warning(asterisk: AsteriskServer) -> None:
    asterisk.complaints()
    asterisk.restart()
    assert asterisk.complaints() == []


@pytest_twisted.ensureDeferred
async def test_the_ami_user_has_the_least_rights(asterisk: AsteriskServer, ami: AmiProbe) -> None:
    shown = asterisk.cli("manager show user portero")
    rights = {
        key.strip(): set(value.strip().split(","))
        for key, _, value in (line.partition(":") for line in shown.splitlines())
    }
    assert rights["read perm"] == {"call", "dtmf"}
    assert rights["write perm"] == {"call", "reporting"}


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("Command", {"Command": "core show version"}),
        ("Originate", {"Channel": "Local/100@guards", "Application": "Wait", "Data": "1"}),
        ("GetConfig", {"Filename": "manager.conf"}),
        ("UserEvent", {"UserEvent": "Forged"}),
        ("MixMonitor", {"Channel": "x", "File": "x"}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_the_ami_user_is_refused(
    asterisk: AsteriskServer, ami: AmiProbe, action: str, headers: dict[str, str]
) -> None:
    portero = await log_in(asterisk.ports.ami, "portero", "change-this-secret")
    answer = await portero.action(action, **headers)
    await portero.close()
    assert (answer["Response"], answer["Message"]) == ("Error", "Permission denied")


@pytest_twisted.ensureDeferred
async def test_the_ami_user_finds_and_ends_a_media_leg(
    asterisk: AsteriskServer, ami: AmiProbe
) -> None:
    leg = {"PROBE_LEG": "UnicastRTP/127.0.0.1:9/c(slin16)"}
    portero = await log_in(asterisk.ports.ami, "portero", "change-this-secret")
    visit = await originate_visit(asterisk, ami, "leg@probe", variables=leg)

    dialled = await portero.event("DialBegin", Uniqueid=f"{visit.id}-far")
    channel = dialled["DestChannel"]
    port = await portero.action("Getvar", Channel=channel, Variable="UNICASTRTP_LOCAL_PORT")
    assert int(port["Value"]) >= asterisk.ports.rtp
    listing = await portero.action("CoreShowChannels")
    await portero.event("CoreShowChannelsComplete", ActionID=listing["ActionID"])
    assert portero.seen("CoreShowChannel", Channel=channel)
    assert (await portero.action("Hangup", Channel=channel))["Response"] == "Success"
    await ami.event("UserEvent", UserEvent="Probe", Uniqueid=f"{visit.id}-far")
    await portero.close()


@pytest_twisted.ensureDeferred
async def test_portero_down_leads_to_the_guard(asterisk: AsteriskServer, ami: AmiProbe) -> None:
    visit = await originate_visit(asterisk, ami, "5000@gate")

    arrived = await fallback(ami, visit)

    assert (arrived["Agi"], arrived["Status"]) == ("FAILURE", "")


@pytest.mark.parametrize("status", ["FAILED", "BUSY", "UNKNOWN_TENANT", ""])
@pytest_twisted.ensureDeferred
async def test_a_status_without_an_end_leads_to_the_guard(
    asterisk: AsteriskServer, ami: AmiProbe, agi: AgiProbe, status: str
) -> None:
    visit = await originate_visit(asterisk, ami, "5000@gate")
    session = await agi.session()
    await session.end(PORTERO_STATUS=status, PORTERO_REASON="because")

    arrived = await fallback(ami, visit)

    assert arrived["Agi"] == "SUCCESS"
    assert (arrived["Status"], arrived["Reason"]) == (status, "because")


@pytest.mark.parametrize("status", ["FAILED", "BUSY", "UNKNOWN_TENANT", ""])
@pytest_twisted.ensureDeferred
async def test_who_came_by_goto_has_no_guard_to_go_to(
    asterisk: AsteriskServer, ami: AmiProbe, agi: AgiProbe, status: str
) -> None:
    """A Custom Destination without Return, and `portero call`: the end, without a complaint."""
    asterisk.complaints()
    visit = await originate_visit(asterisk, ami, "s@portero")
    session = await agi.session()
    assert session.environment["agi_arg_4"] == "goto"
    await session.end(PORTERO_STATUS=status)

    await ami.event("Hangup", Uniqueid=f"{visit.id}-far")

    assert asterisk.complaints() == []


@pytest.mark.parametrize("destination", ["5000@gate", "2999@inside", "2999@misc"])
@pytest_twisted.ensureDeferred
async def test_portero_is_told_of_a_way_back(
    asterisk: AsteriskServer, ami: AmiProbe, agi: AgiProbe, destination: str
) -> None:
    await originate_visit(asterisk, ami, destination)
    session = await agi.session()
    assert session.environment["agi_arg_4"] == "gosub"
    await session.end()


@pytest.mark.parametrize("status", ["COMPLETED", "TRANSFERRED", "HANGUP"])
@pytest_twisted.ensureDeferred
async def test_an_ended_visit_is_hung_up(
    asterisk: AsteriskServer, ami: AmiProbe, agi: AgiProbe, status: str
) -> None:
    visit = await originate_visit(asterisk, ami, "5000@gate")
    session = await agi.session()
    await session.command("ANSWER")
    await session.end(PORTERO_STATUS=status)

    await visit.gone(ami)

    assert ami.seen("UserEvent", UserEvent="Fallback") == []


@pytest_twisted.ensureDeferred
async def test_portero_dying_in_mid_session_leads_to_the_guard(
    asterisk: AsteriskServer, ami: AmiProbe, agi: AgiProbe
) -> None:
    visit = await originate_visit(asterisk, ami, "5000@gate")
    session = await agi.session()
    await session.command("ANSWER")
    session.drop()

    assert (await fallback(ami, visit))["Status"] == ""


@pytest_twisted.ensureDeferred
async def test_the_status_of_an_earlier_round_does_not_count(
    asterisk: AsteriskServer, ami: AmiProbe, agi: AgiProbe
) -> None:
    earlier = {"__PORTERO_STATUS": "COMPLETED"}
    visit = await originate_visit(asterisk, ami, "5000@gate", variables=earlier)
    (await agi.session()).drop()

    assert (await fallback(ami, visit))["Status"] == ""


@pytest_twisted.ensureDeferred
async def test_portero_is_told_did_caller_and_tenant(
    asterisk: AsteriskServer, ami: AmiProbe, agi: AgiProbe
) -> None:
    await originate_visit(asterisk, ami, "5000@gate", caller_id='"Ana" <+525550001>')
    by_did = await agi.session()
    assert by_did.environment["agi_network_script"] == "portero"
    assert by_did.environment["agi_arg_1"] == "5000"
    assert by_did.environment["agi_arg_2"] == "+525550001"
    assert by_did.environment["agi_language"] == "es"
    await by_did.end()

    await originate_visit(asterisk, ami, "tenant@gate", variables={"TENANT": "las_palmas"})
    by_argument = await agi.session()
    assert await by_argument.command("GET VARIABLE PORTERO_TENANT") == "200 result=1 (las_palmas)"
    assert by_argument.environment["agi_arg_1"] == ""
    await by_argument.end()


@pytest.mark.parametrize(
    "number",
    ["1,2,3", '5"6', "7)8", "${9}", "1&2", "1 2", "1;2", "a\\b", "x)},Hangup(", "$[1+1]"],
)
@pytest_twisted.ensureDeferred
async def test_a_caller_can_not_write_dialplan_with_his_number(
    asterisk: AsteriskServer, ami: AmiProbe, agi: AgiProbe, number: str
) -> None:
    hostile = {"__HOSTILE": number}
    await originate_visit(asterisk, ami, "hostile@gate", variables=hostile)

    session = await agi.session()

    for argument in ("agi_arg_1", "agi_arg_2", "agi_arg_3"):
        assert re.fullmatch(r"[A-Za-z0-9+*#_]*", session.environment[argument])
    assert session.environment["agi_arg_4"] == "gosub"
    await session.end()
