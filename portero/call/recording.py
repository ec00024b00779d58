"""Recording of the sound by Asterisk's MixMonitor, after a spoken notice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from portero.asterisk.error import AGICommandFailure
from portero.asterisk.fastagi import FastAGIProtocol
from portero.call.arrival import Arrival
from portero.call.calllog import CallLog
from portero.call.prompts import Prompts, speak_as
from portero.config.operations import RecordingSettings

# FreePBX's own recording (reference/freepbx.md, 2): it runs already, or must never run.
_THEIRS: Final = "RECORDING"
_NEVER: Final = "never"
_MONITOR: Final = "PORTERO_MIXMONITOR"  # extensions_portero.conf stops it where we could not
_NOT_IN_A_NAME: Final = re.compile(r"[^\w+]+", re.ASCII)


def file_name(
    settings: RecordingSettings, call_id: str, tenant: str, line: str, began: datetime
) -> str:
    """Where a call is recorded: below ``settings.folder``, or Asterisk's own folder if it is none.

    A folder for each day, and the date as the fourth part of the name: FreePBX looks for the file
    of a CDR by that. ``line``: the DID or the extension that was called.
    """
    said = (_NOT_IN_A_NAME.sub("_", part) or "none" for part in (tenant, line))
    name = "-".join(("portero", *said, f"{began:%Y%m%d}", f"{began:%H%M%S}", call_id))
    folder = f"{settings.folder.rstrip('/')}/" if settings.folder else ""
    return f"{folder}{began:%Y/%m/%d}/{name}.{settings.format}"


class Recording:
    """One call's recording: of what the visitor and the agent say to each other, and no more.

    It stops before the visitor is given to anybody else, who has heard no notice; when he is back
    with the agent it goes on in the same file. Nothing that fails here ends the call, and without
    a notice that was heard nothing is recorded. ``told`` is told of the file, as Asterisk sees it.
    """

    def __init__(
        self,
        settings: RecordingSettings,
        agi: FastAGIProtocol,
        prompts: Prompts,
        *,
        call_id: str,
        tenant: str,
        arrival: Arrival,
        language: str,
        now: Callable[[], float],
        log: CallLog,
        told: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._agi = agi
        self._prompts = prompts
        self._call_id = call_id
        self._tenant = tenant
        self._line = arrival.did or arrival.extension
        self._language = language
        self._now = now
        self._log = log
        self._told = told
        self._announced: bool | None = None
        self._file = ""
        self._monitor = ""

    async def announce(self) -> None:
        """Tell the visitor, the first time; the channel must have been answered."""
        if self._settings.enabled and self._announced is None:
            self._announced = False
            if (await self._agi.getText("REC_POLICY_MODE")).lower() == _NEVER:
                self._log.info("not recorded: FreePBX's policy for this call is never")
                return
            self._announced = await self._heard_notice()

    async def begin(self) -> None:
        """Record from here on, if the notice was heard."""
        if not self._announced:
            return
        try:
            if await self._agi.getText("REC_STATUS") == _THEIRS:
                self._known_as(await self._agi.getText("CDR(recordingfile)"))
            else:
                await self._monitor_begins()
        except AGICommandFailure as error:
            self._not_recorded(f"MixMonitor: {error}; is app_mixmonitor loaded?")

    async def end(self) -> None:
        """Record no more; a channel that is gone has ended it already."""
        monitor, self._monitor = self._monitor, ""
        if monitor:
            try:
                await self._agi.execute("StopMixMonitor", monitor)
                await self._agi.setVariable(_MONITOR, "")
            except AGICommandFailure as error:
                self._log.debug("StopMixMonitor: {error}", error=error)

    async def _heard_notice(self) -> bool:
        files = await self._notice()
        if not files:
            self._not_recorded(
                "the notice of recording.notice needs a voice: pip install 'portero[prompts]' and "
                "set asterisk.prompts.folder"
            )
        for file in files:
            if not await self._played(file):
                self._not_recorded(
                    f"Asterisk could not play the notice {file}; is it there, and readable to it "
                    "(asterisk.prompts)?"
                )
                return False
        return bool(files)

    async def _played(self, file: str) -> bool:
        try:
            return (await self._agi.streamFile(file)).endpos > 0
        except AGICommandFailure:  # not there, or nobody is there to hear it
            return False

    async def _notice(self) -> tuple[str, ...]:
        """What says it; a sentence of the tenant's own has no other in its place."""
        if self._settings.notice:
            return await self._prompts.own(self._settings.notice, self._language)
        await speak_as(self._agi, self._language)
        return await self._prompts.files("recording_notice", self._language)

    async def _monitor_begins(self) -> None:
        again = bool(self._file)
        if not again:
            began = datetime.fromtimestamp(self._now()).astimezone()
            self._file = file_name(self._settings, self._call_id, self._tenant, self._line, began)
        options = f"{'a' if again else ''}i({_MONITOR})"
        await self._agi.execute("MixMonitor", self._file, options)
        self._monitor = await self._agi.getText(_MONITOR)
        if not self._monitor:
            self._not_recorded(f"MixMonitor did not begin: {self._file}")
            return
        if again:
            return
        self._known_as(await self._agi.getText("MIXMONITOR_FILENAME") or self._file)
        if not await self._agi.getText("CDR(recordingfile)"):
            await self._agi.setVariable("CDR(recordingfile)", self._file.rpartition("/")[2])

    def _known_as(self, file: str) -> None:
        self._told(file)
        self._log.info("recorded to {file}", file=file)

    def _not_recorded(self, why: str) -> None:
        if self._agi.hung_up:
            self._log.debug("not recorded: {why}", why=why)
        else:
            self._log.warn("not recorded: {why}", why=why)
