"""What stays of a visit through the daemon, on a real Asterisk; and the limit of a day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_twisted

from portero.records import CallRecord
from portero.registry import Registry, records

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .gatehouse import AGENT_AGAIN_HERTZ, Gatehouse, agent, said, seconds_of_tone, tool
from .visit import TONES

pytestmark = pytest.mark.real

JUAN = "Juan Pérez García"
VISIT = (
    agent(),
    said(),
    tool("check_visitor", None, name=JUAN, plate="ABC-123-D"),
    tool("open_gate", {"ordered": True}, visitor_name=JUAN),
    agent(hertz=AGENT_AGAIN_HERTZ),
    tool("end_call", reason="listo"),
)


class Archive(Gatehouse):
    """A gatehouse whose records can be read."""

    def kept(self) -> list[CallRecord]:
        """The records, the newest first."""
        registry = Registry(self.config["registry"]["url"])
        try:
            return registry.read(records.find, tenant="lomas", limit=10)
        finally:
            registry.close()


@pytest_twisted.async_yield_fixture
async def house(asterisk: AsteriskServer, tmp_path: Path) -> AsyncIterator[Archive]:
    asterisk.complaints()
    made = Archive(asterisk, tmp_path)
    made.import_registry()
    yield made
    print(made.daemon.log)  # pytest shows it when the test has failed
    await made.close()


async def one_visit(house: Archive, ami: AmiProbe) -> CallRecord:
    """A visit from beginning to end, and its record."""
    before = len(house.kept())
    house.agent_does(*VISIT)
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    ended = await house.ended(ami, visit)
    assert ended["Status"] == "COMPLETED"
    await house.until(lambda: len(house.kept()) > before)
    return house.kept()[0]


@pytest.mark.by_ear  # of its sound's quality
@pytest_twisted.ensureDeferred
async def test_a_visit_leaves_all_that_operators_ask_for(house: Archive, ami: AmiProbe) -> None:
    await house.start()
    record = await one_visit(house, ami)

    assert (record.status, record.reason) == ("COMPLETED", "agent_said_goodbye")
    assert (record.channel[:6], record.did) == ("Local/", "1000")
    assert (record.caller_number, bool(record.unique_id)) == ("5550001", True)
    assert record.seconds is not None
    assert 0.5 < record.seconds < 30
    said_by = {line.who: line.text for line in record.transcript}
    assert said_by == {"agent": "Buenas tardes.", "visitor": "Vengo a ver a María."}
    check, opening, end = record.tools
    assert (check.name, check.arguments["name"], check.verdict) == ("check_visitor", JUAN, "done")
    assert (opening.name, opening.verdict) == ("open_gate", "allowed (expected)")
    assert (end.name, end.verdict) == ("end_call", "done")
    assert record.opened == ("main_gate",)
    quality = record.quality
    assert quality.frames_in > 5  # he says one word, and is silent
    assert quality.frames_out > 20
    assert (quality.lost, quality.underruns, quality.reconnects) == (0, 0, 0)
    assert quality.jitter_ms is not None
    assert quality.first_sound_ms is not None
    assert 0 <= quality.first_sound_ms < 3000  # the greeting may be there before the leg
    assert quality.response_ms is not None
    assert 0 <= quality.response_ms <= (quality.response_ms_max or 0) < 3000
    assert record.cost_usd is not None
    assert record.cost_usd > 0
    assert record.usage["audio_out"] > 0


@pytest_twisted.ensureDeferred
async def test_what_the_settings_do_not_want_is_in_no_file(house: Archive, ami: AmiProbe) -> None:
    house.config["records"] = {"transcript": "redacted", "callers": "masked"}
    await house.start()
    record = await one_visit(house, ami)
    assert record.tools[0].arguments == {"name": "[...]", "plate": "[...]"}
    assert record.tools[1].arguments == {"visitor_name": "[...]"}
    assert "Juan" not in repr(record)


@pytest_twisted.ensureDeferred
async def test_after_the_day_s_money_visitors_go_to_the_guard(
    house: Archive, ami: AmiProbe
) -> None:
    house.config["tenants"][0]["daily_limit_usd"] = 0.000001
    await house.start()
    await one_visit(house, ami)  # which costs more than that
    house.agent_does(*VISIT)
    visit = await house.visit(ami)
    await ami.event("UserEvent", UserEvent="Guard", Extension="100")
    await house.until(lambda: seconds_of_tone(visit.heard(), TONES["guard"]) >= 0.5)
    await visit.hang_up(ami)
    ended = await house.ended(ami, visit)
    assert (ended["Status"], ended["Reason"]) == ("TRANSFERRED", "daily_limit")
    assert house.realtime.sessions == []
    await house.until(lambda: len(house.kept()) == 2)
    assert (house.kept()[0].guard_answered, house.kept()[0].cost_usd) == (True, 0.0)
    assert house.daemon.log.count("(daily_limit_usd)") == 1
