"""The doctor's look at Hikvision devices: one login, what they can do, their state and clock.

Only questions are asked. A password is tried once: five wrong ones lock this machine out for half
an hour (gates-and-notices.md 1.1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from portero.config.problems import printable
from portero.config.settings import CameraSettings, GateSettings
from portero.doctor.clock import offset_level
from portero.doctor.findings import Finding, Level
from portero.doctor.reach import NotReached, brief, reach
from portero.doorman import isapi
from portero.doorman.devices import Devices, HikvisionDevice
from portero.doorman.digestagent import LOCKED_OUT
from portero.doorman.failures import RequestFailed, Trouble
from portero.doorman.isapiplates import CameraClock, read_clock, read_plates
from portero.doorman.locks import DeviceLocked

_INFO: Final = "/ISAPI/System/deviceInfo"
_TIME: Final = "/ISAPI/System/time"
_DOORS: Final = "/ISAPI/AccessControl/RemoteControl/door"
_STATUS: Final = "/ISAPI/AccessControl/AcsWorkStatus?format=json"

Now = Callable[[], float]


class _Stop(Exception):
    """There is no point in asking more of this device; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.word)
        self.finding = finding


async def look_at_door(
    place: str, gate: GateSettings, devices: Devices, reactor: Any, *, now: Now
) -> list[Finding]:
    """A door or a barrier; `place`: its setting, such as tenants.robles.gates.main_gate."""
    findings: list[Finding] = []
    try:
        look = await _Look.begin("gate", place, gate, devices, reactor, now)
        findings.append(await look.login())
        clock, _ = await look.clock()
        findings += clock
        if gate.kind == "door":
            findings.append(await look.door(gate.door))
        else:
            findings.append(await look.barrier(gate.door))
    except _Stop as stop:
        findings.append(stop.finding)
    return findings


async def look_at_camera(
    place: str, camera: CameraSettings, devices: Devices, reactor: Any, *, now: Now
) -> list[Finding]:
    """A camera that reads plates: asked once for those of this moment."""
    findings: list[Finding] = []
    try:
        look = await _Look.begin("camera", place, camera, devices, reactor, now)
        findings.append(await look.login())
        clock, compared = await look.clock()
        findings += clock
        if compared is not None:
            findings.append(await look.plates(camera.channel, compared.pic_time(now())))
    except _Stop as stop:
        findings.append(stop.finding)
    return findings


class _Look:
    """Questions to one device; `kind` (gate, camera) begins the steps' ids."""

    def __init__(
        self, kind: str, place: str, seconds: float, device: HikvisionDevice, now: Now
    ) -> None:
        self._kind = kind
        self._place = place
        self._seconds = seconds
        self._device = device
        self._now = now

    @classmethod
    async def begin(
        cls,
        kind: str,
        place: str,
        thing: GateSettings | CameraSettings,
        devices: Devices,
        reactor: Any,
        now: Now,
    ) -> _Look:
        """Reach it; raises _Stop."""
        url = str(thing.url)
        try:
            await reach(url, reactor, now=now, certificate=thing.certificate)
        except NotReached as failure:
            raise _Stop(failure.finding(f"{kind}.reach", f"{place}.url")) from None
        device = devices.device(url, thing.username, thing.password, thing.certificate)
        return cls(kind, place, thing.timeout, device, now)

    async def login(self) -> Finding:
        """Ask what it is, which only its users may."""
        status, body = await self._ask("GET", _INFO)
        name, texts = isapi.leaves(body)
        if status != 200 or name != "DeviceInfo":
            raise _Stop(self._no_isapi("login", status, body))
        model = printable(texts.get("model", "?"), 40)
        return self._finding("login", Level.GREEN, "doctor_device_login", model=model)

    async def clock(self) -> tuple[list[Finding], CameraClock | None]:
        """Its clock against ours; portero reckons with the difference, people do not."""
        status, body = await self._ask("GET", _TIME)
        compared = read_clock(body, self._now()) if status == 200 else None
        if compared is None:
            if self._kind == "gate":
                return [], None
            cure = "doctor_cure_device_clock"
            finding = self._finding("clock", Level.RED, "doctor_device_timeless", cure)
            return [finding], None
        seconds = round(compared.ahead)
        if offset_level(seconds) is Level.GREEN:
            finding = self._finding("clock", Level.GREEN, "doctor_device_clock", seconds=seconds)
        else:
            cure = "doctor_cure_device_clock"
            word = "doctor_device_clock"
            finding = self._finding("clock", Level.YELLOW, word, cure, seconds=seconds)
        return [finding], compared

    async def door(self, number: int) -> Finding:
        """The order `open` is known, the door is there, and its state can be read."""
        status, body = await self._ask("GET", f"{_DOORS}/capabilities")
        words = isapi.door_words(body) if status == 200 else None
        if words is not None and "open" not in words:
            raise _Stop(self._door(Level.RED, "doctor_door_unable", "doctor_cure_door_model"))
        most = _most_doors(body) if status == 200 else None
        if most is not None and number > most:
            cure = "doctor_cure_door_number"
            raise _Stop(self._door(Level.RED, "doctor_door_number", cure, door=number, most=most))
        status, body = await self._ask("GET", _STATUS)
        is_open = isapi.door_is_open(body, number) if status == 200 else None
        return self._state(is_open, number)

    async def barrier(self, number: int) -> Finding:
        """Its state can be read; there is nothing that tells what else it can do."""
        path = f"/ISAPI/Parking/channels/{number}/barrierGate/barrierGateStatus"
        status, body = await self._ask("GET", path)
        return self._state(isapi.barrier_is_open(body) if status == 200 else None, number)

    async def plates(self, channel: int, pic_time: str) -> Finding:
        """The list of plates, from this moment on."""
        path = f"/ISAPI/Traffic/channels/{channel}/vehicleDetect/plates"
        status, body = await self._ask("POST", path, isapi.after_time(pic_time))
        if status == 200 and read_plates(body) is not None:
            return self._finding("plates", Level.GREEN, "doctor_camera_plates")
        why = isapi.read_answer(status, body).reason or f"HTTP {status}"
        cure = "doctor_cure_camera_plates"
        return self._finding("plates", Level.RED, "doctor_camera_no_plates", cure, why=why)

    # -- what is told

    def _state(self, is_open: bool | None, number: int) -> Finding:
        if is_open is None:
            cure = "doctor_cure_door_state"
            return self._door(Level.YELLOW, "doctor_door_stateless", cure, door=number)
        word = "doctor_door_open" if is_open else "doctor_door_shut"
        return self._door(Level.GREEN, word, door=number)

    def _door(self, level: Level, word: str, cure: str = "", **values: Any) -> Finding:
        return self._finding("door", level, word, cure, **values)

    def _finding(
        self, step: str, level: Level, word: str, cure: str = "", **values: Any
    ) -> Finding:
        told = {"place": self._place, "device": self._device.name, **values}
        return Finding(f"{self._kind}.{step}", level, word, told, cure)

    def _no_isapi(self, step: str, status: int, body: bytes) -> Finding:
        why = isapi.read_answer(status, body).reason or f"HTTP {status}"
        cure = "doctor_cure_device_isapi"
        return self._finding(step, Level.RED, "doctor_device_no_isapi", cure, why=why)

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """An answer; raises _Stop where the device lets nobody in, or is gone."""
        try:
            return await self._device.ask(method, path, body=body, seconds=self._seconds)
        except DeviceLocked as locked:
            raise _Stop(self._locked(locked)) from None
        except RequestFailed as failure:
            raise _Stop(self._failed(failure)) from None

    def _locked(self, locked: DeviceLocked) -> Finding:
        minutes = round(locked.seconds / 60)
        if locked.why == LOCKED_OUT:
            cure = "doctor_cure_device_locked"
            word = "doctor_device_locked"
            return self._finding("login", Level.RED, word, cure, minutes=minutes)
        cure = "doctor_cure_device_password"
        return self._finding("login", Level.RED, "doctor_device_password", cure)

    def _failed(self, failure: RequestFailed) -> Finding:
        if failure.trouble is Trouble.DENIED:
            cure = "doctor_cure_device_digest"
            return self._finding("login", Level.RED, "doctor_device_digest", cure)
        cure = "doctor_cure_device_answer"
        if failure.trouble is Trouble.SLOW:
            seconds = f"{self._seconds:g}"
            return self._finding("login", Level.RED, "doctor_device_slow", cure, seconds=seconds)
        why = brief(failure)
        return self._finding("login", Level.RED, "doctor_device_answer", cure, why=why)


def _most_doors(body: bytes) -> int | None:
    """From RemoteControl/door/capabilities; None where it does not tell."""
    root = isapi.parse_xml(body)
    told = [] if root is None else [it.get("max", "") for it in isapi.elements(root, "doorNo")]
    return int(told[0]) if told and told[0].isascii() and told[0].isdigit() else None
