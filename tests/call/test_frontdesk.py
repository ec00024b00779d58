"""Who is let in, and what the dialplan hears about who is not."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from call.stage import ENVIRONMENT, Channel, Doorman, Manager
from pydantic import ValidationError

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent

from portero.asterisk.error import AGICommandFailure
from portero.call import FrontDesk, Parts
from portero.call.prompts import Prompts
from portero.config.settings import MediaSettings, PromptSettings, Settings, TenantSettings
from portero.media import MediaService
from portero.records import CallRecord

LOMAS = TenantSettings(id="lomas", extensions=("1000",), dids=("5500",), max_calls=2)
PINOS = TenantSettings(id="pinos", extensions=("2000",))


class Desk:
    """A front desk; calls inside stand until their visitor hangs up."""

    def __init__(self, *tenants: TenantSettings, **asterisk: Any) -> None:
        self.clock = Clock()
        self.manager = Manager(Channel())
        self.media = MediaService(MediaSettings(ports=(23100, 23199)), reactor=self.clock)
        parts = Parts(
            settings=Settings(tenants=tenants or (LOMAS, PINOS), asterisk=asterisk),
            manager=self.manager,  # type: ignore[arg-type]
            media=self.media,
            doorman=Doorman(),  # type: ignore[arg-type]
            prompts=Prompts(PromptSettings(), lambda job: succeed(job())),
            connect=lambda _: Deferred(lambda d: d.errback(AGICommandFailure(-1, "given up"))),
            clock=self.clock,
            now=lambda: 1_800_000_000.0,
            keep=self._keep,
        )
        numbers = count(1)
        self.parts = parts
        self.kept: list[CallRecord] = []
        self.left = 0
        self.desk = FrontDesk(
            parts, make_call_id=lambda: f"c{next(numbers)}", on_left=self._somebody_left
        )

    def _keep(self, record: CallRecord) -> None:
        self.kept.append(record)

    def _somebody_left(self) -> None:
        self.left += 1

    def comes(self, variable: str | None = None, **environment: str) -> Channel:
        """A call comes."""
        channel = Channel()
        channel.variables = {**ENVIRONMENT, **environment}
        if variable is not None:
            channel.set["PORTERO_TENANT"] = variable
        Deferred.fromCoroutine(self.desk.answer(channel))  # type: ignore[arg-type]
        return channel


def inside(channel: Channel) -> bool:
    return channel.commands == ["answer"] and not channel.finished


def refused(channel: Channel) -> tuple[str, str]:
    """Not answered, and the dialplan knows why."""
    assert channel.commands == []
    assert channel.finished
    assert channel.set["PORTERO_CALL_ID"]
    return channel.set["PORTERO_STATUS"], channel.set["PORTERO_REASON"]


@pytest.mark.parametrize(
    ("variable", "environment", "tenant"),
    [
        ("pinos", {"agi_extension": "1000"}, "pinos"),
        (None, {"agi_network_script": "portero?tenant=pinos", "agi_arg_1": "5500"}, "pinos"),
        (None, {"agi_arg_1": "5500", "agi_extension": "2000"}, "lomas"),
        (None, {"agi_extension": "2000"}, "pinos"),
    ],
)
def test_the_tenant_is_found_in_the_order_of_the_design(
    variable: str | None, environment: dict[str, str], tenant: str
) -> None:
    desk = Desk()
    channel = desk.comes(variable, **environment)
    assert inside(channel)
    assert [call.tenant.id for call in desk.desk.inside] == [tenant]
    channel.hang_up_by_visitor()
    assert desk.desk.calls == 0


@pytest.mark.parametrize(
    ("variable", "environment"),
    [
        (None, {"agi_extension": "3000"}),
        ("nobody", {"agi_extension": "1000"}),
        (None, {"agi_network_script": "portero?tenant=nobody", "agi_extension": "1000"}),
    ],
)
def test_an_unknown_tenant_is_not_answered(
    variable: str | None, environment: dict[str, str]
) -> None:
    assert refused(Desk().comes(variable, **environment)) == ("UNKNOWN_TENANT", "unknown_tenant")


def test_a_dialplan_without_a_way_back_is_told_at_every_visit() -> None:
    desk = Desk()
    with capturedLogs() as told:
        assert inside(desk.comes(agi_arg_4="goto"))
        assert refused(desk.comes(agi_arg_4="goto", agi_extension="9999"))[0] == "UNKNOWN_TENANT"
    said, refusal = (formatEvent(event) for event in told if "by Goto" in event["log_format"])
    assert (said[:5], refusal[:5]) == ("[c1] ", "[c2] ")
    assert ENVIRONMENT["agi_channel"] in said


def test_a_dialplan_with_a_way_back_is_not_complained_of() -> None:
    desk = Desk()
    with capturedLogs() as told:
        desk.comes(agi_arg_4="gosub")
        desk.comes()
    assert [event for event in told if "by Goto" in event["log_format"]] == []


def test_a_tenant_has_room_for_its_own_calls_only() -> None:
    desk = Desk()
    first, second = desk.comes(), desk.comes()
    assert refused(desk.comes()) == ("BUSY", "tenant_max_calls")
    other = desk.comes(agi_extension="2000")
    assert inside(other)
    first.hang_up_by_visitor()
    assert inside(desk.comes())
    assert inside(second)


def test_there_is_room_for_so_many_calls_in_all() -> None:
    desk = Desk(max_calls=2)
    assert inside(desk.comes())
    assert inside(desk.comes(agi_extension="2000"))
    assert refused(desk.comes(agi_extension="2000")) == ("BUSY", "max_calls")


def test_a_limit_of_no_calls_is_a_mistake() -> None:
    with pytest.raises(ValidationError):
        Desk(max_calls=0)


def test_without_the_ami_the_dialplan_keeps_the_call() -> None:
    desk = Desk()
    desk.manager.connected = False
    assert refused(desk.comes()) == ("FAILED", "ami_down")


def test_a_desk_that_closes_ends_its_calls_and_takes_no_more() -> None:
    desk = Desk()
    channel = desk.comes()
    closed = desk.desk.close()
    channel.dials[-1].ended.callback("0")  # Asterisk lets go of the leg
    assert channel.set["PORTERO_STATUS"] == "FAILED"
    assert channel.set["PORTERO_REASON"] == "shutdown"
    assert closed.called
    assert refused(desk.comes()) == ("BUSY", "stopping")


def test_who_was_not_taken_is_in_the_records() -> None:
    desk = Desk(max_calls=1)
    happened: list[Any] = []
    desk.parts.feed.subscribe(happened.append)
    desk.comes(agi_extension="1000")
    refused(desk.comes(agi_extension="2000", agi_callerid="5551234"))
    (record,) = desk.kept
    assert (record.tenant, record.status, record.reason) == ("pinos", "BUSY", "max_calls")
    assert record.caller_number == "5551234"
    assert record.seconds == 0
    assert [told["event"] for told in happened if told["tenant"] == "pinos"] == ["refused"]


def test_calls_of_nobody_are_told_and_leave_no_record() -> None:
    desk = Desk()
    happened: list[Any] = []
    desk.parts.feed.subscribe(happened.append)
    assert refused(desk.comes(agi_extension="9999"))[0] == "UNKNOWN_TENANT"
    assert desk.kept == []
    (told,) = happened
    assert (told["event"], told["tenant"], told["extension"]) == ("refused", "", "9999")
    assert told["channel"] == ENVIRONMENT["agi_channel"]


def test_new_settings_are_for_the_calls_that_come_and_the_old_ones_are_used_until_the_last() -> (
    None
):
    desk = Desk()
    first = desk.comes(agi_extension="1000")
    renewed = replace(desk.parts, settings=Settings(tenants=(PINOS,)))
    desk.desk.renew(renewed)
    assert desk.desk.uses(desk.parts)
    assert desk.desk.uses(renewed)
    assert refused(desk.comes(agi_extension="1000"))[0] == "UNKNOWN_TENANT"
    assert inside(desk.comes(agi_extension="2000"))
    first.hang_up_by_visitor()
    assert desk.left == 1
    assert not desk.desk.uses(desk.parts)


def test_a_desk_that_turns_away_leaves_those_inside_alone() -> None:
    desk = Desk()
    channel = desk.comes(agi_extension="1000")
    empty = desk.desk.turn_away()
    assert refused(desk.comes(agi_extension="2000")) == ("BUSY", "stopping")
    assert inside(channel)
    assert not empty.called
    channel.hang_up_by_visitor()
    assert empty.called


def test_an_empty_desk_closes_at_once() -> None:
    assert Desk().desk.close().called


def test_a_visitor_who_is_gone_before_the_tenant_is_known_takes_no_room() -> None:
    desk = Desk()
    channel = desk.comes(agi_extension="1000")
    channel.hang_up_by_visitor()
    assert desk.desk.calls == 0
    assert desk.clock.getDelayedCalls() == []
