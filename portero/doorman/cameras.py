"""Plates that a camera of portero's own sees: from its events, or asked for where it sends none."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from portero.config.settings import CameraSettings
from portero.doorman import isapi
from portero.doorman.camerastream import StreamEnded, read_stream
from portero.doorman.devices import HikvisionDevice, why_failed
from portero.doorman.facts import Plate
from portero.doorman.isapiplates import (
    CameraClock,
    Sighting,
    read_clock,
    read_event,
    read_plates,
)
from portero.doorman.locks import DeviceLocked
from portero.errors import PorteroError
from portero.limits import (
    CAMERA_CLOCK_SECONDS,
    CAMERA_RETRY_SECONDS_MAX,
    PLATE_AGE_SECONDS,
    PLATES_KEPT,
)

SAME_CAR_SECONDS = 2.0  # two readings of one plate so near are one car: the clocks tell seconds


Failed = Callable[[PorteroError], None]


class NoPlates(PorteroError):
    """The camera answered, but not with what it was asked for."""


class PlateWatcher(Service):
    """Watches one camera while it runs; `recent` is what it saw.

    The event stream is preferred, for it tells how sure the camera is; while there is none, plates
    are asked for every `settings.every` seconds. A plate counts only when it was seen within
    PLATE_AGE_SECONDS, both clocks compared: cameras list old ones again, and resend what they have
    buffered, and the car at the gate is another by then.

    name: what the settings call it. now: the wall clock, seconds of the epoch.
    """

    log = Logger()

    def __init__(
        self,
        name: str,
        settings: CameraSettings,
        device: HikvisionDevice,
        *,
        clock: IReactorTime,
        now: Callable[[], float],
    ) -> None:
        self._camera = name
        self._settings = settings
        self._device = device
        self._clock = clock
        self._now = now
        self._path = f"/ISAPI/Traffic/channels/{settings.channel}/vehicleDetect/plates"
        self._seen: deque[Plate] = deque(maxlen=PLATES_KEPT)
        self._camera_clock: CameraClock | None = None
        self._clock_asked = 0.0
        self._last = ""  # greatest picName so far
        self._streaming = False
        self._working: bool | None = None
        self._running: list[Deferred[None]] = []

    def startService(self) -> None:
        """Begin to watch."""
        super().startService()  # type: ignore[no-untyped-call]
        self._running = [
            Deferred.fromCoroutine(self._repeat(self._ask_for_plates, self._failed)),
            Deferred.fromCoroutine(self._repeat(self._listen, _not_told)),
        ]
        for running in self._running:
            running.addErrback(self._ended)

    def stopService(self) -> Deferred[object]:
        """Watch no more; fires when nothing is under way."""
        super().stopService()  # type: ignore[no-untyped-call]
        running, self._running = self._running, []
        for each in running:
            each.cancel()
        return gatherResults(running).addCallback(lambda _: None)

    def recent(self, since: float) -> list[Plate]:
        """What it saw after `since` (seconds of the epoch), newest first."""
        return [plate for plate in reversed(self._seen) if plate.at > since]

    # -- two loops: questions, and the stream

    async def _repeat(self, step: Callable[[], Awaitable[None]], failed: Failed) -> None:
        """Do `step` again and again, more and more rarely while it fails."""
        delay = self._settings.every
        while self.running:
            try:
                await step()
                delay = self._settings.every
            except DeviceLocked as locked:
                failed(locked)
                delay = locked.seconds
            except PorteroError as failure:
                failed(failure)
                delay = min(delay * 2, CAMERA_RETRY_SECONDS_MAX)
            if self.running:  # stopping breaks off a question, which then failed like any other
                await deferLater(self._clock, delay)

    async def _ask_for_plates(self) -> None:
        """Compare the clocks now and then; ask for plates while no stream brings them."""
        camera_clock = await self._compared()
        if not self._streaming:
            now = self._now()
            if self._last > camera_clock.pic_time(now + PLATE_AGE_SECONDS):
                self._last = ""  # its clock was set back
            after = max(self._last, camera_clock.pic_time(now - PLATE_AGE_SECONDS))
            plates = read_plates(await self._asked("POST", self._path, isapi.after_time(after)))
            if plates is None:
                raise NoPlates("its list of plates can't be read")
            for sighting in plates:
                if sighting.name > after:
                    self._last = sighting.name
                    self._add(sighting, camera_clock)
        if not self._working:
            self._working = True
            self._tell("answers")

    async def _listen(self) -> None:
        """Read the event stream until it ends; fails where there is none."""
        await self._compared()
        try:
            await read_stream(self._device, self._clock, self._settings.timeout, self._part)
        except StreamEnded as ended:
            if not self._streaming:
                raise
            self._tell(f"{ended}: until it is back, plates are asked for")
        finally:
            self._streaming = False

    def _part(self, part: bytes) -> None:
        """A part of the stream: a plate, a heartbeat, a picture, another event."""
        if not self._streaming:
            self._streaming = True
            self._tell("sends its events")
        sighting = read_event(part)
        if sighting is not None and not sighting.delayed and self._camera_clock is not None:
            self._add(sighting, self._camera_clock)

    def _add(self, sighting: Sighting, camera_clock: CameraClock) -> None:
        now, at = self._now(), camera_clock.ours(sighting.captured)
        if abs(now - at) > PLATE_AGE_SECONDS:
            return
        plate = Plate(sighting.plate, min(at, now), sighting.confidence, self._camera)
        for known in self.recent(at - SAME_CAR_SECONDS):
            if known.text == plate.text and abs(known.at - plate.at) <= SAME_CAR_SECONDS:
                return
        self._seen.append(plate)

    # -- the camera

    async def _compared(self) -> CameraClock:
        """The camera's clock against ours, not older than CAMERA_CLOCK_SECONDS."""
        age = self._clock.seconds() - self._clock_asked
        if self._camera_clock is None or age > CAMERA_CLOCK_SECONDS:
            answer = await self._asked("GET", "/ISAPI/System/time", None)
            compared = read_clock(answer, self._now())
            if compared is None:
                raise NoPlates("its clock can't be read, so no plate of it can be dated")
            self._camera_clock, self._clock_asked = compared, self._clock.seconds()
        return self._camera_clock

    async def _asked(self, method: str, path: str, body: bytes | None) -> bytes:
        status, answer = await self._device.ask(
            method, path, body=body, seconds=self._settings.timeout
        )
        if status != 200:
            raise NoPlates(isapi.read_answer(status, answer).reason or f"HTTP {status}")
        return answer

    # -- what is told

    def _failed(self, failure: PorteroError) -> None:
        """Tell it at the change from working to failing, and not again."""
        if self._working is False:
            return
        self._working = False
        self.log.warn(
            "Camera {camera} at {device}: {why}. No plate of it is known until it answers again",
            camera=self._camera,
            device=self._device.name,
            why=why_failed(failure),
        )

    def _tell(self, what: str) -> None:
        self.log.info(
            "Camera {camera} at {device} {what}",
            camera=self._camera,
            device=self._device.name,
            what=what,
        )

    def _ended(self, failure: Failure) -> None:
        if self.running:  # else we have broken it off, whatever the connection makes of that
            self.log.failure("watching camera {camera} failed", failure, camera=self._camera)


def _not_told(_: PorteroError) -> None:
    """Most cameras have no stream, or none that is free: questions do as well."""
