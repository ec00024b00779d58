"""The daemon as the console sees it, where its rooms fail."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs

from portero.messages import text
from portero.service.house import DaemonHouse


def test_systemd_hears_that_a_reload_is_over_even_when_it_broke(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(DaemonHouse, "summary", lambda self: "ready")
    told: Any = Mock()
    generations = Mock(reload=Mock(side_effect=OSError("no more files")))
    rooms: dict[str, Any] = dict.fromkeys(("started_at", "desk", "archive", "echo_test", "feed"))
    rooms |= {"draining": Mock(begun=False), "manager": Mock()}
    house = DaemonHouse(config_file="", generations=generations, supervisor=told, **rooms)
    broken: list[Any] = []
    Deferred.fromCoroutine(house.reload()).addErrback(broken.append)
    assert [call[0] for call in told.method_calls] == ["reloading", "ready"]
    assert broken[0].check(OSError)
    assert rooms["manager"].try_again.called


def test_who_stops_reads_no_settings_and_does_not_tell_systemd_that_it_is_ready() -> None:
    told, generations = Mock(), Mock()
    generations.current.settings.language = "en"
    rooms: dict[str, Any] = dict.fromkeys(
        ("started_at", "desk", "manager", "archive", "echo_test", "feed")
    )
    house = DaemonHouse(
        config_file="",
        generations=generations,
        supervisor=told,
        draining=Mock(begun=True),
        **rooms,
    )
    reloaded: list[Any] = []
    with capturedLogs() as logs:
        Deferred.fromCoroutine(house.reload()).addCallback(reloaded.append)
    assert reloaded[0].errors == (text("reload_stopping", "en"),)
    assert [event["why"] for event in logs] == list(reloaded[0].errors)
    assert not told.method_calls
    assert not generations.reload.called
