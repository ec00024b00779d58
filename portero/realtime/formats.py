"""Whether the server took over the formats that it was asked for (pure; reference 9)."""

from __future__ import annotations

from portero.realtime import events
from portero.realtime.session import PCM_RATE, Setup


def wrong_format(setup: Setup, audio: events.Audio) -> str | None:
    """A server that knows other formats would make noise of ours: a sentence that says which."""
    sides = (
        ("input", audio.input, setup.input_format),
        ("output", audio.output, setup.output_format),
    )
    for name, side, wanted in sides:
        echoed = (side or events.AudioSide()).format or events.AudioFormat()
        rate_differs = wanted == "audio/pcm" and echoed.rate not in (None, PCM_RATE)
        if rate_differs or echoed.type not in (None, wanted):
            return f"the server's {name} is {echoed.type} {echoed.rate or ''}, not {wanted}"
    return None
