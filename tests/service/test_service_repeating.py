"""What the daemon does again and again while it runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import pytest

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs

from portero.config.settings import Settings
from portero.limits import PRUNE_SECONDS, STATUS_SECONDS
from portero.registry.store import RegistryAway
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


@pytest.mark.parametrize("works_for", [0, 1])
def test_a_registry_that_is_away_keeps_old_rows_and_is_tried_again(works_for: int) -> None:
    """`works_for`: so many jobs; the last of the two is for tenants that are known no more."""
    jobs: list[str] = []

    def run(job: Any, *_: object, **__: object) -> Deferred[Any]:
        jobs.append(job.__name__)
        if len(jobs) > works_for:
            raise RegistryAway("registry_away", why="locked")
        return succeed({})

    service = PorteroService(Settings(), Clock())
    settings = Settings.model_validate({"tenants": [{"id": "lomas"}]})
    service._generations = Mock(current=Mock(settings=settings))
    service._registry = Mock(run=run, now=lambda: datetime.now(UTC))
    with capturedLogs() as logs:
        service._prune()
    assert jobs == ["prune", "forget_strangers"][: works_for + 1]
    assert [(event["log_level"], event["error"].why) for event in logs] == [
        (LogLevel.warn, "locked")
    ]


def test_records_that_wait_for_the_registry_are_saved_whenever_systemd_is_told() -> None:
    service = PorteroService(Settings(), Clock())
    service._archive, service._house, service._supervisor = Mock(), Mock(), Mock()
    service._tell_supervisor()
    service._archive.save.assert_called_once_with()
