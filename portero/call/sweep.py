"""Frees visitors from media legs that an earlier run of portero left behind."""

from __future__ import annotations

from twisted.logger import Logger

from portero.asterisk.error import AMICommandFailure
from portero.asterisk.managerservice import ManagerService
from portero.media import MediaService

_log = Logger()


async def sweep_orphans(manager: ManagerService, media: MediaService) -> int:
    """Hang up every leg to our address that no live stream serves; returns how many.

    Asterisk does not notice that a FastAGI server has died while ``Dial`` runs: the visitor hears
    silence until the leg is hung up (reference/asterisk.md, "Ends").
    """
    orphans = 0
    for channel in await manager.coreShowChannels():
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
