"""Frees visitors from media legs that an earlier run of portero left behind."""

from __future__ import annotations

from typing import Final

from twisted.logger import Logger

from portero.asterisk.error import AMICommandFailure, AMIPermissionDenied
from portero.asterisk.managerservice import ManagerService
from portero.media import MediaService

_log = Logger()
_RIGHTS: Final = (
    "give the user of asterisk.ami.username read=call,dtmf and write=call,reporting in "
    "manager.conf or manager_custom.conf, then 'manager reload' on Asterisk's console"
)


async def sweep_orphans(manager: ManagerService, media: MediaService) -> int:
    """Hang up every leg to our address that no live stream serves; returns how many.

    Asterisk does not notice that a FastAGI server has died while ``Dial`` runs: the visitor hears
    silence until the leg is hung up (reference/asterisk.md, "Ends"). What AMI refuses is told.
    """
    try:
        channels = await manager.coreShowChannels()
    except AMICommandFailure as error:
        denied = isinstance(error, AMIPermissionDenied)
        advice = f"; {_RIGHTS}" if denied else ""
        _log.error("legs of an earlier run stay: {error}{advice}", error=error, advice=advice)
        return 0
    orphans = 0
    for channel in channels:
        name = channel["channel"]
        if not media.is_orphan(name):
            continue
        try:
            await manager.hangup(name)
        except AMICommandFailure as error:
            _log.warn("could not hang up {channel}: {error}", channel=name, error=error)
            continue
        orphans += 1
        _log.warn("hung up {channel}: an earlier run had left it behind", channel=name)
    return orphans
