"""When a call is recorded, when not, and what the visitor hears first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from stage import TENANT, Channel, Stage

from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import capturedLogs

from portero.asterisk.agiresults import Played
from portero.asterisk.error import AGICommandFailure, AGIHangup
from portero.call import read_arrival
from portero.call.calllog import CallLog
from portero.call.prompts import Prompts
from portero.call.recording import Recording, file_name
from portero.call.sounds import STOCK
from portero.config.operations import RecordingSettings
from portero.config.settings import PromptSettings

ON = RecordingSettings(enabled=True)
NOON = datetime(2026, 11, 22, 12, 5, 9)
HEARD = Played(0, 8000)
MISSING = Played(0, 0)
NOTICE = STOCK["prompt_recording_notice"][0]


class Recorded(Channel):
    """A channel that Asterisk can record: `did` is what was done, in order."""

    def __init__(self, **said: str) -> None:
        super().__init__()
        self.set.update(said)
        self.did: list[str] = []
        self.playing: Callable[[], Deferred[Played]] = lambda: succeed(HEARD)
        self.no_monitor = False

    def answer(self) -> Deferred[int]:
        self.did.append("answer")
        return super().answer()

    def getText(self, name: str) -> Deferred[str]:
        return succeed(self.set.get(name, ""))

    def streamFile(self, filename: str, escapeDigits: str = "") -> Deferred[Played]:
        assert escapeDigits == ""  # no key cuts a notice short
        self.did.append(f"plays {filename}")
        return self.playing()

    def execute(self, application: str, *options: Any, **rest: object) -> Deferred[str]:
        if application == "MixMonitor":
            if self.no_monitor:
                return fail(AGICommandFailure(-2, "EXEC: the result is -2"))
            self.did.append(" ".join(("MixMonitor", *options)))
            self.set["PORTERO_MIXMONITOR"] = "0x1"
            self.set["MIXMONITOR_FILENAME"] = f"/var/spool/asterisk/monitor/{options[0]}"
            return succeed("0")
        if application == "StopMixMonitor":
            self.did.append(" ".join((application, *options)))
            return succeed("0")
        if application == "Dial":
            self.did.append("Dial " + str(options[0]).partition("/")[0])
        return super().execute(application, *options, **rest)


class House:
    """One call's recording, and what it told."""

    def __init__(self, channel: Channel, settings: RecordingSettings, prompts: Prompts) -> None:
        self.told: list[str] = []
        self.recording = Recording(
            settings,
            channel,  # type: ignore[arg-type]
            prompts,
            call_id="c1",
            tenant="las-lomas",
            arrival=read_arrival({**channel.variables, "agi_arg_1": "5550100"}),
            language="es-MX",
            now=NOON.timestamp,
            log=CallLog("c1", "lomas", debugging=True),
            told=self.told.append,
        )


def voiceless() -> Prompts:
    return Prompts(PromptSettings(), lambda job: succeed(job()))


def spoken(folder: Path, said: list[str]) -> Prompts:
    def speak(sentence: str, _voice: str) -> bytes:
        said.append(sentence)
        return bytes(320)

    settings = PromptSettings(folder=str(folder), seen_as="/mnt/sounds")
    return Prompts(settings, lambda job: succeed(job()), speak=speak)


# -- where


def test_a_file_is_found_by_day_tenant_line_and_call() -> None:
    name = file_name(ON, "0a1b2c", "las-lomas", "5550100", NOON)
    assert name == "2026/11/22/portero-las_lomas-5550100-20261122-120509-0a1b2c.wav"


def test_freepbx_reads_the_day_from_the_fourth_part_of_the_name() -> None:
    name = file_name(ON, "0a1b2c", "a-b-c", "00-52-55", NOON).rpartition("/")[2]
    assert name.split("-")[3] == "20261122"


def test_the_folder_and_the_format_are_those_set() -> None:
    settings = RecordingSettings(enabled=True, folder="/srv/voz/", format="wav16")
    name = file_name(settings, "c1", "lomas", "", NOON)
    assert name == "/srv/voz/2026/11/22/portero-lomas-none-20261122-120509-c1.wav16"


@pytest.mark.parametrize("line", ["../../etc", "a,b(c)", "a b", "${SHELL(id)}", "ñandú"])
def test_what_was_dialled_can_not_lead_elsewhere(line: str) -> None:
    name = file_name(ON, "c1", "lomas", line, NOON)
    assert name.count("/") == 3
    assert not set(name) & set(" ,()$'\"")
    assert ".." not in name


# -- whether


@pytest_twisted.ensureDeferred
async def test_a_call_is_recorded_after_its_notice() -> None:
    channel = Recorded()
    house = House(channel, ON, voiceless())

    await house.recording.announce()
    await house.recording.begin()

    file = file_name(ON, "c1", "las-lomas", "5550100", NOON)
    monitor = f"MixMonitor {file} i(PORTERO_MIXMONITOR)"
    assert channel.did == [f"plays {NOTICE}", monitor]
    assert house.told == [f"/var/spool/asterisk/monitor/{file}"]
    assert channel.set["CDR(recordingfile)"] == file.rpartition("/")[2]


@pytest_twisted.ensureDeferred
async def test_what_the_cdr_already_names_stays() -> None:
    channel = Recorded(**{"CDR(recordingfile)": "theirs.wav"})
    house = House(channel, ON, voiceless())
    await house.recording.announce()
    await house.recording.begin()
    assert channel.set["CDR(recordingfile)"] == "theirs.wav"


@pytest_twisted.ensureDeferred
async def test_nothing_is_recorded_or_said_unless_it_is_set() -> None:
    channel = Recorded()
    house = House(channel, RecordingSettings(), voiceless())
    await house.recording.announce()
    await house.recording.begin()
    await house.recording.end()
    assert channel.did == house.told == []


@pytest.mark.parametrize(
    "playing",
    [
        lambda: succeed(MISSING),
        lambda: succeed(Played(-1, 0)),
        lambda: fail(AGIHangup(-1, "STREAM FILE")),
    ],
)
@pytest_twisted.ensureDeferred
async def test_without_a_notice_that_was_heard_nothing_is_recorded(
    playing: Callable[[], Deferred[Played]],
) -> None:
    channel = Recorded()
    channel.playing = playing
    house = House(channel, ON, voiceless())
    with capturedLogs() as logged:
        await house.recording.announce()
        await house.recording.begin()
    assert channel.did == [f"plays {NOTICE}"]
    assert house.told == []
    assert [event["log_level"].name for event in logged] == ["warn"]


@pytest_twisted.ensureDeferred
async def test_who_hangs_up_during_the_notice_is_nothing_to_warn_of() -> None:
    channel = Recorded()
    channel.hung_up = True
    channel.playing = lambda: fail(AGIHangup(-1, "STREAM FILE"))
    house = House(channel, ON, voiceless())
    with capturedLogs() as logged:
        await house.recording.announce()
    assert [event["log_level"].name for event in logged] == ["debug"]


@pytest_twisted.ensureDeferred
async def test_a_notice_of_the_tenants_own_is_spoken_as_it_is(tmp_path: Path) -> None:
    said: list[str] = []
    channel = Recorded()
    own = RecordingSettings(enabled=True, notice="Lo grabamos.")
    house = House(channel, own, spoken(tmp_path, said))
    await house.recording.announce()
    await house.recording.begin()
    assert said == ["Lo grabamos."]
    assert channel.did[0].startswith("plays /mnt/sounds/prompt-")
    assert channel.did[1].startswith("MixMonitor ")


@pytest_twisted.ensureDeferred
async def test_no_other_sentence_stands_for_a_notice_of_the_tenants_own() -> None:
    channel = Recorded()
    house = House(channel, RecordingSettings(enabled=True, notice="Lo grabamos."), voiceless())
    with capturedLogs() as logged:
        await house.recording.announce()
        await house.recording.begin()
    assert channel.did == house.told == []
    assert "portero[prompts]" in logged[0]["why"]


@pytest_twisted.ensureDeferred
async def test_freepbx_may_forbid_it() -> None:
    channel = Recorded(REC_POLICY_MODE="never")
    house = House(channel, ON, voiceless())
    await house.recording.announce()
    await house.recording.begin()
    assert channel.did == house.told == []


@pytest_twisted.ensureDeferred
async def test_what_freepbx_records_already_is_announced_and_not_recorded_twice() -> None:
    theirs = {"REC_STATUS": "RECORDING", "CDR(recordingfile)": "in-5550100-20261122.wav"}
    channel = Recorded(**theirs)
    house = House(channel, ON, voiceless())
    await house.recording.announce()
    await house.recording.begin()
    await house.recording.end()
    assert channel.did == [f"plays {NOTICE}"]
    assert house.told == ["in-5550100-20261122.wav"]


@pytest_twisted.ensureDeferred
async def test_an_asterisk_without_mixmonitor_is_told_of() -> None:
    channel = Recorded()
    channel.no_monitor = True
    house = House(channel, ON, voiceless())
    await house.recording.announce()
    with capturedLogs() as logged:
        await house.recording.begin()
    assert "app_mixmonitor" in logged[0]["why"]
    assert house.told == []


# -- in a call


@pytest.fixture
def tenant() -> Any:
    return TENANT.model_copy(update={"recording": ON})


@pytest.fixture
def recorded(tenant: Any) -> Any:
    channel = Recorded()
    stage = Stage(tenant=tenant, channel=channel)
    yield stage, channel
    stage.close()


def test_the_agent_is_called_while_the_notice_plays_and_heard_after_it(recorded: Any) -> None:
    stage, channel = recorded
    notice: Deferred[Played] = Deferred()
    channel.playing = lambda: notice
    stage.start()
    stage.realtime_up()
    stage.speak("greeting")
    stage.done("greeting")
    stage.play(8)  # longer than a leg may take, and a greeting
    assert channel.did == ["answer", f"plays {NOTICE}"]
    assert stage.call.agent.speaking

    notice.callback(HEARD)
    stage.leg_up()
    stage.play()

    assert [done.split()[0] for done in channel.did[2:]] == ["MixMonitor", "Dial"]
    assert stage.outcome is None
    record = stage.call.record
    assert record.recording.startswith("/var/spool/asterisk/monitor/2026/11/22/portero-lomas-")
    assert record.quality.first_sound_ms == 0  # from Dial on, not from the notice
    assert not stage.call.agent.speaking  # it has been played
    assert "conversation.item.truncate" not in stage.line.types()
    channel.hang_up_by_visitor()


def test_a_call_that_ends_during_its_notice_is_not_recorded(recorded: Any) -> None:
    stage, channel = recorded
    notice: Deferred[Played] = Deferred()
    channel.playing = lambda: notice
    stage.manager.knows_legs = False
    stage.start()
    stage.call.stop()
    notice.callback(HEARD)
    assert channel.did == ["answer", f"plays {NOTICE}", "Dial Local"]
    assert stage.outcome.reason == "shutdown"


def test_the_guards_part_is_not_recorded_and_what_follows_is_in_the_same_file(
    recorded: Any,
) -> None:
    stage, channel = recorded
    stage.greeted()
    stage.turn("transfer")
    stage.calls("transfer", "transfer_to_guard")
    stage.done("transfer")
    stage.response("announcement")
    stage.done("announcement")
    stage.play()
    began, stopped = channel.did[2], channel.did[4:6]
    assert stopped == ["StopMixMonitor 0x1", "Dial Local"]

    channel.dials[1].ended.callback("0")  # nobody answers: back to the agent

    assert channel.did[6:8] == ["answer", began.replace(" i(", " ai(")]
    assert channel.did[8] == "Dial UnicastRTP"
    assert [done for done in channel.did if done.startswith("plays")] == [f"plays {NOTICE}"]
    channel.hang_up_by_visitor()


def test_a_call_without_recording_plays_nothing() -> None:
    channel = Recorded()
    stage = Stage(channel=channel)
    stage.greeted()
    assert channel.did == ["answer", "Dial UnicastRTP"]
    assert stage.call.record.recording == ""
    channel.hang_up_by_visitor()
    stage.close()
