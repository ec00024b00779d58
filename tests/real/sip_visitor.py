"""A visitor with a phone: baresip, without a head, steered over its control socket.

It calls chan_pjsip as ``intercom``, speaks a WAV file, and records what it hears.
"""

from __future__ import annotations

import json
import subprocess
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import sound
from locked_memory import keep_programs_of
from sound import Samples

from twisted.internet import endpoints, reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError
from twisted.internet.task import deferLater
from twisted.protocols.basic import NetstringReceiver

from .asterisk_server import AsteriskServer, free_port

PATIENCE = 15.0
STOP_SECONDS = 5.0
RATES = {"G722": 16000, "PCMU": 8000, "PCMA": 8000}
# baresip ends the call at the end of the file: so silence follows what is said.
SILENCE_SECONDS = 120

CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:0
net_interface 127.0.0.1
rtp_ports 31000-31998
ausrc_srate {rate}
auplay_srate {rate}
audio_source aufile,{directory}/says.wav
audio_player aubridge,nowhere
audio_alert aubridge,nowhere
snd_path {directory}
ctrl_tcp_listen 127.0.0.1:{control}
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module aufile.so
module aubridge.so
module sndfile.so
module ctrl_tcp.so
module_app account.so
module_app menu.so
"""
ACCOUNT = (
    "<sip:intercom@127.0.0.1:{port};transport=udp>;auth_user=intercom;auth_pass=intercom"
    ";regint=0;audio_codecs={codec}/{rate}/1\n"
)


class SipVisitor(NetstringReceiver):
    """One phone: ``start``, ``call``, ``hang_up``, ``stop``, and only then ``heard``."""

    def __init__(
        self, server: AsteriskServer, directory: Path, says: Samples, codec: str = "G722"
    ) -> None:
        """``says``: samples at the codec's rate (``RATES``)."""
        self.rate = RATES[codec]
        self.events: list[dict[str, Any]] = []
        self._server = server
        self._directory = directory
        self._waiting: list[tuple[str, Deferred[dict[str, Any]]]] = []
        self._answers: dict[str, Deferred[dict[str, Any]]] = {}
        self._tokens = count(1)
        self._control = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir()
        speech = np.concatenate((says, sound.silence(SILENCE_SECONDS, self.rate)))
        sound.write_wav(directory / "says.wav", speech, self.rate)
        (directory / "config").write_text(
            CONFIG.format(rate=self.rate, directory=directory, control=self._control)
        )
        (directory / "accounts").write_text(
            ACCOUNT.format(port=server.ports.sip, codec=codec, rate=self.rate)
        )

    async def start(self) -> None:
        """Start baresip, and return when it takes commands."""
        self._process = subprocess.Popen(
            ["baresip", "-f", self._directory],
            stdin=subprocess.DEVNULL,
            stdout=(self._directory / "log").open("wb"),
            stderr=subprocess.STDOUT,
        )
        endpoint = endpoints.TCP4ClientEndpoint(_reactor(), "127.0.0.1", self._control)
        deadline = _reactor().seconds() + PATIENCE
        while self.transport is None:
            try:
                await endpoints.connectProtocol(endpoint, self)
            except ConnectError:
                assert _reactor().seconds() < deadline, self.log()
                await deferLater(_reactor(), 0.05)
        keep_programs_of(self._process.pid)

    async def call(self, number: str) -> None:
        """Call that number, and return when it has answered."""
        await self.command("dial", f"sip:{number}@127.0.0.1:{self._server.ports.sip}")
        await self.event("CALL_ESTABLISHED")

    async def hang_up(self) -> None:
        await self.command("hangup")
        await self.event("CALL_CLOSED")

    async def stop(self) -> None:
        """End baresip (and its call); what it recorded is whole then."""
        if self._process is None:
            return
        if self.transport is not None:
            self.transport.loseConnection()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def heard(self) -> Samples:
        """What came out of the phone, at the codec's rate, from the first packet of the call on."""
        (recording,) = self._directory.glob("dump-*-dec.wav")
        samples, rate = sound.read_wav(recording)
        assert rate == self.rate
        return samples

    def log(self) -> str:
        return (self._directory / "log").read_text(errors="replace")

    # -- the control socket: JSON in netstrings

    def command(self, name: str, params: str = "") -> Deferred[dict[str, Any]]:
        token = f"visitor-{next(self._tokens)}"
        request = {"command": name, "params": params, "token": token}
        self.sendString(json.dumps(request).encode())
        answer = self._answers[token] = Deferred()
        return answer.addTimeout(PATIENCE, _reactor())

    def event(self, kind: str) -> Deferred[dict[str, Any]]:
        """The first event of that kind, also one that has come already."""
        deferred: Deferred[dict[str, Any]] = Deferred()
        for event in self.events:
            if event["type"] == kind:
                deferred.callback(event)
                return deferred
        self._waiting.append((kind, deferred))
        return deferred.addTimeout(PATIENCE, _reactor())

    def stringReceived(self, string: bytes) -> None:
        message = json.loads(string)
        if "token" in message:
            self._answers.pop(message["token"]).callback(message)
            return
        if not message.get("event"):
            return
        self.events.append(message)
        for kind, deferred in list(self._waiting):
            if kind == message["type"]:
                self._waiting.remove((kind, deferred))
                deferred.callback(message)


def _reactor() -> Any:
    return reactor
