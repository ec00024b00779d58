"""The SIP visitor against Asterisk's own ``Echo`` and ``Playback``: the tool, not portero."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_twisted
import sound

from twisted.internet import reactor
from twisted.internet.task import deferLater

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .sip_visitor import RATES, SipVisitor
from .speech import prompt, synthetic

pytestmark = [pytest.mark.real, pytest.mark.by_ear]


@pytest.mark.parametrize("codec", ["G722", "PCMU", "PCMA"])
@pytest_twisted.ensureDeferred
async def test_the_phone_hears_its_own_speech_back(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path, codec: str
) -> None:
    speech = prompt(asterisk, "vm-goodbye", RATES[codec])
    visitor = SipVisitor(asterisk, tmp_path / "phone", speech, codec)
    try:
        await visitor.start()
        await visitor.call("echo")
        await deferLater(reactor, len(speech) / visitor.rate + 1)
        await visitor.hang_up()
    finally:
        await visitor.stop()

    assert sound.likeness(visitor.heard(), speech) > 0.95


@pytest_twisted.ensureDeferred
async def test_the_phone_hears_what_asterisk_plays(
    asterisk: AsteriskServer, ami: AmiProbe, tmp_path: Path
) -> None:
    sentence = synthetic("Buenas tardes, ¿a quién visita?", 16000)
    asterisk.add_sound("sentence", sound.to_pcm(sentence), 16000)
    visitor = SipVisitor(asterisk, tmp_path / "phone", sound.silence(1, 16000))
    try:
        await visitor.start()
        await visitor.call("playback")
        await visitor.event("CALL_CLOSED")
    finally:
        await visitor.stop()

    assert sound.likeness(visitor.heard(), sentence) > 0.95
