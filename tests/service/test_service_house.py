"""The daemon as the console sees it, where its rooms fail."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from twisted.internet.defer import Deferred

from portero.service.house import DaemonHouse


def test_systemd_hears_that_a_reload_is_over_even_when_it_broke(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(DaemonHouse, "summary", lambda self: "ready")
    told: Any = Mock()
    generations = Mock(reload=Mock(side_effect=OSError("no more files")))
    rooms: dict[str, Any] = dict.fromkeys(
        ("started_at", "desk", "manager", "archive", "draining", "echo_test", "feed")
    )
    house = DaemonHouse(config_file="", generations=generations, supervisor=told, **rooms)
    broken: list[Any] = []
    Deferred.fromCoroutine(house.reload()).addErrback(broken.append)
    assert [call[0] for call in told.method_calls] == ["reloading", "ready"]
    assert broken[0].check(OSError)
