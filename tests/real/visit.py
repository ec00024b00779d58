"""A visitor without a phone: the near half of a ``Local`` channel (context ``visitor``)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path

import sound

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer

RECORD_RATE = 16000
TONE_SECONDS = 3.0
TONE_DBFS = -15.0
# No whole number of periods fits a frame: so a frame that is lost or doubled is a click.
TONES = {"1khz": 1010, "5khz": 5010, "guard": 730}
_numbers = count(1)


def add_tones(server: AsteriskServer) -> None:
    """Tones that a visitor or a guard can play, as ``/mnt/sounds/NAME``."""
    for name, hertz in TONES.items():
        pcm = sound.to_pcm(sound.tone(hertz, TONE_SECONDS, RECORD_RATE, TONE_DBFS))
        server.add_sound(name, pcm, RECORD_RATE)


@dataclass(frozen=True)
class Visit:
    """A visitor who was sent in; ``id`` is his channel's uniqueid, ``ID-far`` the far half's."""

    id: str
    channel: str
    far_channel: str
    record: Path

    def heard(self) -> sound.Samples:
        """All that the visitor has heard so far, 16 kHz; nothing is recorded while none flows."""
        return (
            sound.from_pcm(self.record.read_bytes())
            if self.record.exists()
            else sound.silence(0, 1)
        )

    async def hang_up(self, ami: AmiProbe) -> None:
        """Let the visitor go; then the recording is whole."""
        await ami.action("Hangup", Channel=self.channel)
        await self.gone(ami)

    async def gone(self, ami: AmiProbe) -> None:
        """Wait until he has gone, and the recording is whole."""
        await ami.event("UserEvent", UserEvent="VisitorGone", Uniqueid=self.id)


async def originate_visit(
    server: AsteriskServer,
    ami: AmiProbe,
    destination: str,
    *,
    file: str = "",
    digits: str = "",
    seconds: float = 60,
    caller_id: str = '"Visitante" <5550001>',
    variables: dict[str, str] | None = None,
) -> Visit:
    """Send a visitor to ``EXTEN@CONTEXT``.

    He plays a file or presses keys, when asked to, and then waits silently until he is hung up or
    his seconds are over.
    """
    number = next(_numbers)
    record = server.recorded(f"heard-{number}.sln16")
    settings = {
        "VISITOR_DOES": "play" if file else "dtmf" if digits else "wait",
        "VISITOR_FILE": file,
        "VISITOR_DIGITS": digits,
        "VISITOR_SECONDS": str(seconds),
        "VISITOR_RECORD": server.inside(record),
        **(variables or {}),
    }
    channel_id = f"visitor-{number}"
    answer = await ami.action(
        "Originate",
        Channel=f"Local/{destination}/n",
        ChannelId=channel_id,
        OtherChannelId=f"{channel_id}-far",
        Context="visitor",
        Exten="s",
        Priority="1",
        CallerID=caller_id,
        Codecs="slin16",
        Async="true",
        Variable=[f"{key}={value}" for key, value in settings.items()],
    )
    assert answer["Response"] == "Success", answer
    near = await ami.event("Newchannel", Uniqueid=channel_id)
    far = await ami.event("Newchannel", Uniqueid=f"{channel_id}-far")
    return Visit(channel_id, near["Channel"], far["Channel"], record)
