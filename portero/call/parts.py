"""What the daemon lends to each call."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from portero.asterisk.managerservice import ManagerService
from portero.call.budget import Spent, nothing_spent
from portero.call.prompts import Prompts
from portero.config.settings import Settings
from portero.doorman import Doorman
from portero.feed import Feed
from portero.media import MediaService
from portero.realtime.client import RealtimeConnection, RealtimeListener
from portero.records import CallRecord


@dataclass(frozen=True, slots=True)
class Parts:
    """What the daemon lends to a call; `now`: seconds of the epoch.

    `keep` is handed the record of each call that is over. `limits_told`: the day on which it was
    last logged that a tenant's limit is reached.
    """

    settings: Settings
    manager: ManagerService
    media: MediaService
    doorman: Doorman
    prompts: Prompts
    connect: Callable[[RealtimeListener], Deferred[RealtimeConnection]]
    clock: IReactorTime
    now: Callable[[], float] = time.time
    feed: Feed = field(default_factory=Feed)
    keep: Callable[[CallRecord], None] = lambda record: None
    spent: Spent = nothing_spent
    limits_told: dict[str, date] = field(default_factory=dict)
