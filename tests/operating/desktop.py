"""`portero` on a socket of the test's own, in a thread beside the reactor that answers it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from portero.cli import main

SETTINGS = """
language: en
console: {{socket: {folder}/control.sock}}
registry: {{url: "sqlite:///{folder}/portero.db"}}
realtime: {{api_key: sk-canary}}
asterisk: {{ami: {{password: ami-canary-123}}}}
tenants:
  - {{id: lomas, dids: ["1000"], extensions: ["700"]}}
  - {{id: pinos, dids: ["2000"]}}
"""


def portero(folder: Path, *arguments: str, **environ: str | None) -> Result:
    """The command, with that folder's settings."""
    given = {"PORTERO_CONFIG": str(folder / "config.yaml"), "LC_ALL": "en_US.UTF-8", **environ}
    return CliRunner().invoke(main, arguments, env=given)


def beside(folder: Path, *arguments: str) -> Deferred[Any]:
    """Likewise, while this thread's reactor answers."""
    return deferToThread(portero, folder, *arguments)
