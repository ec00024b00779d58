"""The AGI of the stand-in against what Asterisk 22.10.1 sent for the same commands."""

from __future__ import annotations

import pytest
from phone_bench import Door

DEAD = "511 Command Not Permitted on a dead channel or intercept routine\n"
DIAL = 'EXEC Dial "UnicastRTP/127.0.0.1:21000/c(slin16),30,g"'


def test_the_environment_has_asterisks_fields_in_asterisks_order() -> None:
    lines = Door().environment.split("\n")
    assert [line.split(":")[0] for line in lines] == [
        "agi_network",
        "agi_network_script",
        "agi_request",
        "agi_channel",
        "agi_language",
        "agi_type",
        "agi_uniqueid",
        "agi_version",
        "agi_callerid",
        "agi_calleridname",
        "agi_callingpres",
        "agi_callingani2",
        "agi_callington",
        "agi_callingtns",
        "agi_dnid",
        "agi_rdnis",
        "agi_context",
        "agi_extension",
        "agi_priority",
        "agi_enhanced",
        "agi_accountcode",
        "agi_threadid",
        "agi_arg_1",
        "",
        "",
    ]
    assert "agi_network_script: portero?tenant=x" in lines
    assert "agi_request: agi://127.0.0.1:4574/portero?tenant=x" in lines
    assert "agi_arg_1: 5512345678" in lines
    assert "agi_dnid: unknown" in lines


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("CHANNEL STATUS", "200 result=4"),
        ("channel status", "200 result=4"),
        ("CHANNEL STATUS nix", "200 result=-1"),
        ("GET VARIABLE NOPE", "200 result=0"),
        ("GET VARIABLE A\r", "200 result=0"),
        ("GET VARIABLE A", "200 result=1 (hello world)"),
        ("GET VARIABLE B", "200 result=1 ()"),
        ("GET VARIABLE CALLERID(num)", "200 result=1 (5551234)"),
        ("GET VARIABLE CHANNEL(name)", "200 result=1 (PJSIP/caseta-00000000)"),
        ('GET FULL VARIABLE "${A}-${CHANNEL(state)}"', "200 result=1 (hello world-Ring)"),
        ('GET FULL VARIABLE "${URIENCODE(${A})}"', "200 result=1 (hello%20world)"),
        ('GET FULL VARIABLE "${NOPE}"', "200 result=1 ()"),
        ("BOGUS", "510 Invalid or unknown command"),
        ("", "510 Invalid or unknown command"),
        ("GET", "510 Invalid or unknown command"),
        (
            "SET VARIABLE A hello world",
            "520-Invalid command syntax.  Proper usage follows:\n"
            "Sets a variable to the current channel.\n"
            "520 End of proper usage.",
        ),
        ("SET CONTEXT door", "200 result=0"),
        ("SET EXTENSION s", "200 result=0"),
        ("SET PRIORITY 2", "200 result=0"),
        ("SET AUTOHANGUP 0", "200 result=0"),
        ("NOOP hi", "200 result=0"),
        ('VERBOSE "hi there" 1', "200 result=1"),
        ('STREAM FILE nix ""', "200 result=-1 endpos=0"),
        ("EXEC Nope x", "200 result=-2"),
        ("EXEC NoOp x", "200 result=0"),
        ("GET DATA nix 100 1", "200 result=-1"),
        ("HANGUP nix", "200 result=-1"),
        ('EXEC Dial "Local/9999@guard,2"', "200 result=0"),
        ('EXEC Dial "Local/9001@guard,4,g"', "200 result=0"),
    ],
)
def test_a_command_is_answered_as_asterisk_answers_it(command: str, reply: str) -> None:
    door = Door()
    assert door.ask('SET VARIABLE A "hello world"') == "200 result=1\n"
    assert door.ask('SET VARIABLE B ""') == "200 result=1\n"
    assert door.ask(command) == reply + "\n"


def test_a_value_survives_quoting_and_is_not_expanded_again() -> None:
    door = Door()
    door.ask(r'SET VARIABLE X "he said \"hi\" \\ ${X}"')
    assert door.ask("GET VARIABLE X") == '200 result=1 (he said "hi" \\ ${X})\n'
    assert door.ask('GET FULL VARIABLE "${X}"') == '200 result=1 (he said "hi" \\ ${X})\n'


def test_a_file_takes_its_time() -> None:
    door = Door()
    assert door.ask('STREAM FILE beep ""') == ""
    door.reactor.advance(0.5)
    assert door.read() == "200 result=0 endpos=3404\n"


@pytest.mark.parametrize(("number", "status"), [("9999", "CHANUNAVAIL"), ("9001", "BUSY")])
def test_a_guard_who_can_not_be_had_leaves_a_dialstatus(number: str, status: str) -> None:
    door = Door()
    door.ask(f'EXEC Dial "Local/{number}@guard/n,2,g"')
    assert door.ask("GET VARIABLE DIALSTATUS") == f"200 result=1 ({status})\n"


def test_a_guard_who_does_not_answer_gives_the_visitor_back() -> None:
    door = Door()
    assert door.ask('EXEC Dial "Local/9002@guard/n,20,g"') == ""
    door.reactor.advance(19.9)
    assert door.read() == ""
    door.reactor.advance(0.2)
    assert door.read() == "200 result=0\n"
    assert door.ask("GET VARIABLE DIALSTATUS") == "200 result=1 (NOANSWER)\n"
    assert door.ask("CHANNEL STATUS") == "200 result=4\n"


def test_a_guard_who_answers_talks_and_then_the_dialplan_goes_on() -> None:
    door = Door()
    assert door.ask('EXEC Dial "Local/9000@guard/n,20,g"') == ""
    door.reactor.advance(1.0)
    assert door.visit.variables["DIALSTATUS"] == "ANSWER"
    assert door.read() == ""
    door.reactor.advance(2.0)
    assert door.read() == "200 result=0\n"


def test_without_g_the_visitor_goes_when_the_other_side_does() -> None:
    door = Door()
    door.ask('EXEC Dial "Local/9000@guard/n,20"')
    door.reactor.pump([1.0, 2.0])
    assert door.read() == "200 result=-1\nHANGUP\n"


def test_the_leg_is_hung_up_and_the_caller_stays() -> None:
    door = Door()
    assert door.ask(DIAL) == ""
    (leg,) = [channel for channel in door.switchboard if channel is not door.visit.channel]
    assert leg.name.startswith("UnicastRTP/127.0.0.1:21000-0x")
    door.switchboard.hang_up(leg)
    assert door.read() == "200 result=0\n"
    assert door.ask("CHANNEL STATUS") == "200 result=6\n"
    assert door.ask("GET VARIABLE DIALSTATUS") == "200 result=1 (ANSWER)\n"
    assert not door.reactor.udp[0].open


def test_the_caller_hangs_up_during_dial() -> None:
    door = Door()
    door.ask(DIAL)
    door.visit.hang_up()
    assert door.read() == "200 result=-1\nHANGUP\n"
    assert door.ask("CHANNEL STATUS") == DEAD
    assert door.ask("SET CONTEXT x") == DEAD
    assert door.ask("EXEC NoOp x") == "200 result=0\n"
    assert door.ask("GET VARIABLE DIALSTATUS") == "200 result=1 (ANSWER)\n"
    assert door.ask("SET VARIABLE PORTERO_STATUS HANGUP") == "200 result=1\n"
    assert door.ask("BOGUS") == "510 Invalid or unknown command\n"
    assert door.visit.variables["PORTERO_STATUS"] == "HANGUP"
    assert list(door.switchboard) == []


def test_the_caller_is_redirected_during_dial() -> None:
    door = Door()
    door.ask(DIAL)
    door.switchboard.move(door.visit.channel, "guard", "9000", 1)
    assert door.read() == "200 result=0\nHANGUP\n"
    assert door.ask("CHANNEL STATUS") == DEAD
    assert not door.visit.channel.ended


def test_the_agi_command_hangup() -> None:
    door = Door()
    assert door.ask("HANGUP") == "200 result=1\nHANGUP\n"
    assert door.ask("CHANNEL STATUS") == DEAD


def test_an_idle_session_is_told_of_a_hangup_at_once() -> None:
    door = Door()
    door.visit.hang_up()
    assert door.read() == "HANGUP\n"


def test_hangup_is_said_once_more_when_the_script_ends() -> None:
    door = Door()
    door.session.readConnectionLost()
    assert door.read() == "HANGUP\n"
    assert door.wire.disconnecting


def test_autohangup_ends_the_call_from_asterisks_side() -> None:
    door = Door()
    door.ask("SET AUTOHANGUP 60")
    door.ask(DIAL)
    door.reactor.advance(60)
    assert door.read() == "200 result=-1\nHANGUP\n"


def test_dial_option_s_ends_the_leg_and_keeps_the_caller() -> None:
    door = Door()
    door.ask('EXEC Dial "UnicastRTP/127.0.0.1:21000/c(slin16),30,gS(660)"')
    door.reactor.advance(660)
    assert door.read() == "200 result=0\n"
    assert not door.visit.channel.ended


def test_an_unknown_format_is_no_leg() -> None:
    door = Door()
    assert door.ask('EXEC Dial "UnicastRTP/127.0.0.1:21000/c(opus48),30,g"') == "200 result=0\n"
    assert door.visit.variables["DIALSTATUS"] == "CHANUNAVAIL"
    assert door.reactor.udp == []


def test_commands_that_do_not_wait_for_their_turn_are_counted() -> None:
    door = Door()
    door.ask('STREAM FILE beep ""')
    door.ask("NOOP")
    assert door.visit.pipelined == 1


def test_nothing_is_left_when_a_call_is_over() -> None:
    door = Door()
    door.ask("SET AUTOHANGUP 60")
    door.ask(DIAL)
    door.visit.hang_up()
    assert door.reactor.getDelayedCalls() == []
    assert [transport.open for transport in door.reactor.udp] == [False]
