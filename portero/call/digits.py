"""DTMF into a channel, one digit after another, over AMI."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from portero.asterisk.amiactions import AMIActions
from portero.asterisk.error import AMICommandFailure, AMIDisconnected, AMITimeout
from portero.doorman.dtmf import DigitsCut
from portero.limits import DTMF_FIRST_SECONDS


async def play_digits(
    manager: AMIActions,
    channel: str,
    digits: str,
    *,
    tone_ms: int,
    gap_ms: int,
    clock: IReactorTime,
) -> bool:
    """Play `digits` to whoever is behind `channel`; True once Asterisk has taken them all.

    False: it took none, because there is no such channel. Raises DigitsCut when that is not known,
    or some were played and not all. Digits are the key to a gate: they are never logged.
    """
    pause = DTMF_FIRST_SECONDS
    for number, digit in enumerate(digits):
        await deferLater(clock, pause)
        began = clock.seconds()
        try:
            await manager.action("PlayDTMF", Channel=channel, Digit=digit, Duration=tone_ms)
        except AMICommandFailure as failure:
            unknown = isinstance(failure, AMITimeout | AMIDisconnected)
            if number or unknown:
                raise DigitsCut("not all tones were played") from None
            return False
        # Asterisk answers when the tone is over (and does nothing else for us until then); one
        # that answered at once would play the next tone into this one.
        tone_left = began + tone_ms / 1000 - clock.seconds()
        pause = max(0.0, tone_left) + gap_ms / 1000
    return True
