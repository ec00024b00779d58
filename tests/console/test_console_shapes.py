"""What the control socket tells is read back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from console.standin import RECORD, STATUS

from portero.config.operations import ConsoleSettings
from portero.config.sockets import control_socket, control_sockets
from portero.console import shapes
from portero.console.house import Reloaded


def over_the_wire(told: Any) -> Any:
    return json.loads(json.dumps(told))


def test_a_status_is_read_back() -> None:
    assert shapes.status_from_json(over_the_wire(shapes.status_as_json(STATUS))) == STATUS


def test_a_reload_is_read_back() -> None:
    reloaded = Reloaded(("config.yaml:3: no",), ("old",), ("tenants",), ("media.ports",))
    assert shapes.reloaded_from_json(over_the_wire(shapes.reloaded_as_json(reloaded))) == reloaded


def test_a_list_of_calls_has_nothing_that_was_said() -> None:
    (read,) = shapes.calls_from_json(over_the_wire(shapes.calls_as_json([RECORD])))
    assert read == replace(RECORD, transcript=(), tools=())
    assert RECORD.transcript


@pytest.mark.parametrize(
    ("socket", "environ", "made", "tried"),
    [
        ("", {}, "portero.sock", ("/run/portero/control.sock", "portero.sock")),
        (
            "",
            {"RUNTIME_DIRECTORY": "/run/portero-2:/run/other"},
            "/run/portero-2/control.sock",
            ("/run/portero-2/control.sock", "/run/portero/control.sock", "portero.sock"),
        ),
        (
            "",
            {"RUNTIME_DIRECTORY": "/run/portero"},
            "/run/portero/control.sock",
            ("/run/portero/control.sock", "portero.sock"),
        ),
        ("/tmp/p.sock", {"RUNTIME_DIRECTORY": "/run/x"}, "/tmp/p.sock", ("/tmp/p.sock",)),
    ],
)
def test_commands_look_where_the_daemon_listens(
    socket: str, environ: dict[str, str], made: str, tried: tuple[str, ...]
) -> None:
    settings = ConsoleSettings(socket=socket)
    assert control_socket(settings, environ) == Path(made)
    assert control_sockets(settings, environ) == tuple(map(Path, tried))


def test_a_command_that_may_not_read_the_settings_tries_the_usual_places() -> None:
    assert control_sockets(None, {}) == control_sockets(ConsoleSettings(), {})
