"""portero's legs against a real Asterisk: a tone each way, in every format."""

from __future__ import annotations

import pytest
import pytest_twisted
import sound
from real.ami_probe import AmiProbe
from real.asterisk_server import AsteriskServer, free_port
from real.conftest import ami, asterisk, asterisk_root  # noqa: F401
from real.visit import RECORD_RATE, TONE_DBFS, TONES, originate_visit

from portero.config.settings import MediaSettings
from portero.media import MediaService

pytestmark = [pytest.mark.real, pytest.mark.by_ear]

BACK_HERTZ = 730
BACK_DBFS = -18.0
SECONDS = 1.5


READ = {"audio/pcm": sound.from_pcm, "audio/pcmu": sound.from_ulaw, "audio/pcma": sound.from_alaw}
WRITE = {"audio/pcm": sound.to_pcm, "audio/pcmu": sound.to_ulaw, "audio/pcma": sound.to_alaw}


def check_tone(heard: sound.Samples, rate: int, hertz: float, dbfs: float, *, noisy: bool) -> None:
    """One steady tone: no gap, no click, the right pitch and level."""
    heard = sound.sounding(heard, rate)
    assert len(heard) / rate > 1
    assert sound.gaps_ms(heard, rate) == []
    middle = heard[rate // 10 : -rate // 10]
    assert sound.pitch_hz(middle, rate) == pytest.approx(hertz, abs=1)
    assert sound.level_dbfs(middle) == pytest.approx(dbfs, abs=0.5)
    assert noisy or sound.clicks(middle, hertz, rate) == []


@pytest.mark.parametrize(
    ("leg", "name", "plays", "back"),
    [
        ("rtp", "slin16", "5khz", BACK_HERTZ),
        ("rtp", "slin", "1khz", BACK_HERTZ),
        ("rtp", "g722", "1khz", BACK_HERTZ),
        ("rtp", "g722", "5khz", TONES["5khz"]),
        ("rtp", "ulaw", "1khz", BACK_HERTZ),
        ("rtp", "alaw", "1khz", BACK_HERTZ),
        ("audiosocket", "slin16", "5khz", TONES["5khz"]),
        ("audiosocket", "slin24", "5khz", TONES["5khz"]),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_tone_goes_both_ways(
    asterisk: AsteriskServer,  # noqa: F811
    ami: AmiProbe,  # noqa: F811
    leg: str,
    name: str,
    plays: str,
    back: float,
) -> None:
    from twisted.internet import reactor

    settings = {"leg": leg, "format": name, "ports": (21500, 21540)}
    service = MediaService(
        MediaSettings.model_validate({**settings, "audiosocket_port": free_port()}),
        reactor=reactor,
    )
    service.startService()
    appends: list[bytes] = []
    stream = service.open(appends.append)
    try:
        visit = await originate_visit(
            asterisk,
            ami,
            "leg@probe",
            file=f"/mnt/sounds/{plays}",
            variables={"PROBE_LEG": stream.dial_string},
        )
        dialled = await ami.event("DialBegin", Uniqueid=f"{visit.id}-far")
        if stream.needs_remote:
            channel = dialled["DestChannel"]
            host = await ami.action("Getvar", Channel=channel, Variable="UNICASTRTP_LOCAL_ADDRESS")
            port = await ami.action("Getvar", Channel=channel, Variable="UNICASTRTP_LOCAL_PORT")
            stream.set_remote(host["Value"], int(port["Value"]))
        await stream.connected()
        stream.start_uplink()
        spoken = service.session_format
        rate = 24000 if spoken == "audio/pcm" else 8000
        stream.play("item", WRITE[spoken](sound.tone(back, SECONDS, rate, BACK_DBFS)))
        stream.end_item("item")
        await stream.drained()
        await visit.hang_up(ami)
    finally:
        await service.stopService()
    # G.722 has 2 bits a sample for what is above 4 kHz: the noise of that looks like clicks.
    noisy = name == "g722" and plays == "5khz"
    check_tone(READ[spoken](b"".join(appends)), rate, TONES[plays], TONE_DBFS, noisy=noisy)
    check_tone(visit.heard(), RECORD_RATE, back, BACK_DBFS, noisy=noisy)
    assert stream.stats.lost == stream.stats.foreign == stream.stats.malformed == 0
    # A wrong idea of the RTP clock would show as 10 ms and more on every packet.
    jitter = stream.stats.jitter_ms
    assert jitter is None if leg == "audiosocket" else 0 < jitter < 8
