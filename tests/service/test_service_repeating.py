"""What the daemon does again and again while it runs."""

from __future__ import annotations

import pytest

from twisted.internet.task import Clock

from portero.config.settings import Settings
from portero.limits import PRUNE_SECONDS, STATUS_SECONDS
from portero.service.service import PorteroService


@pytest.mark.parametrize(
    ("work", "seconds"), [("_prune", PRUNE_SECONDS), ("_tell_supervisor", STATUS_SECONDS)]
)
def test_it_is_done_at_once_and_whenever_its_time_is_over(
    work: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, done = Clock(), []
    for name in ("_prune", "_tell_supervisor"):
        does = done.append if name == work else lambda _: None
        monkeypatch.setattr(PorteroService, name, lambda self, does=does: does(clock.seconds()))
    PorteroService(Settings(), clock)._repeat()
    assert done == [0.0]
    clock.advance(seconds - 0.1)
    assert done == [0.0]
    clock.advance(0.1)
    assert done == [0.0, seconds]
