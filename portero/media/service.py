"""The media service: the sound of all calls, between Asterisk and the Realtime sessions."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred

from portero.config.settings import MediaSettings
from portero.limits import FRAME_MS
from portero.media.audiosocketleg import AudioSocketListener
from portero.media.beat import Beat
from portero.media.formats import AUDIOSOCKET_FORMATS, RTP_FORMATS, LegFormat, SessionFormat
from portero.media.hold import hold_cycle
from portero.media.leg import LegSource
from portero.media.playout import Heard, Playout
from portero.media.rtpleg import PortRange, RtpPorts
from portero.media.stream import MediaStream


class MediaService(Service):
    """Owns the beat, the ports and the streams; stopping it closes all of them.

    ``reactor`` provides IReactorTime, and IReactorTCP for the audiosocket leg. ``randbelow``
    gives SSRCs, first sequence numbers and UUIDs, which nobody must be able to guess.
    """

    def __init__(
        self,
        settings: MediaSettings,
        *,
        reactor: Any,
        randbelow: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self._settings = settings
        self._format = leg_format(settings)
        self._hold_cycle = hold_cycle(self._format.session)
        self._legs = leg_source(settings, self._format, reactor, randbelow)
        self._beat = Beat(self._format, noise_gate=settings.noise_gate, clock=reactor)

    @property
    def session(self) -> SessionFormat:
        """The format of what is appended and played."""
        return self._format.session

    @property
    def session_format(self) -> str:
        """What the Realtime session has to speak: audio/pcm (24 kHz), audio/pcmu or audio/pcma."""
        return self._format.session.name

    def renew(self, settings: MediaSettings) -> None:
        """Serve the calls that come from now on by these settings; the leg itself stays."""
        self._settings = settings
        self._beat.set_noise_gate(settings.noise_gate)
        if isinstance(self._legs, RtpPorts):
            self._legs.jitter_frames = settings.jitter_ms // FRAME_MS

    def startService(self) -> None:
        """Listen, and start the beat."""
        super().startService()  # type: ignore[no-untyped-call]
        self._legs.start()
        self._beat.start()

    def stopService(self) -> Deferred[None]:
        """Close every stream and every port; fires when they are closed."""
        super().stopService()  # type: ignore[no-untyped-call]
        for stream in self._beat.streams:
            stream.close()
        self._beat.stop()
        return Deferred.fromCoroutine(self._legs.stop())

    def is_orphan(self, channel: str) -> bool:
        """Whether this channel of Asterisk's is a leg to a port of ours that no stream has."""
        technology, _, rest = channel.partition("/")
        host, _, port = rest.rpartition("-")[0].rpartition(":")
        low, high = self._settings.ports
        if technology != "UnicastRTP" or host != self._settings.host or not port.isdigit():
            return False
        served = {stream.dial_string.split("/")[1] for stream in self._beat.streams}
        return low <= int(port) <= high and f"{host}:{port}" not in served

    def open(
        self,
        on_append: Callable[[bytes], None],
        *,
        on_cut: Callable[[list[Heard]], None] | None = None,
    ) -> MediaStream:
        """The sound of a new call.

        ``on_append`` takes ``append_ms`` of the visitor's sound in the session's format.
        ``on_cut`` takes items of which the queue could not hold the end, once the rest has been
        played: the model has to be told. Raises NoRoom when no port is left.
        """
        session = self._format.session
        playout = Playout(
            session.bytes_per_ms,
            session.silence,
            self._settings.prebuffer_frames,
            self._settings.queue_frames,
        )
        stream = MediaStream(
            self._legs.open(),
            playout,
            append_ms=self._settings.append_ms,
            patience=self._settings.jitter_ms // FRAME_MS,
            hold_cycle=self._hold_cycle,
            on_append=on_append,
            on_cut=on_cut,
            on_close=self._beat.remove,
        )
        self._beat.add(stream)
        return stream


def leg_format(settings: MediaSettings) -> LegFormat:
    """The format that the settings name; they have been checked to name one of this leg's."""
    formats = RTP_FORMATS if settings.leg == "rtp" else AUDIOSOCKET_FORMATS
    return formats[settings.format]


def leg_source(
    settings: MediaSettings, leg: LegFormat, reactor: Any, randbelow: Callable[[int], int]
) -> LegSource:
    """Where the legs come from: a range of UDP ports, or one TCP port."""
    if settings.leg == "audiosocket":
        return AudioSocketListener(
            leg, settings.host, settings.audiosocket_port, reactor=reactor, randbelow=randbelow
        )
    return RtpPorts(
        leg,
        PortRange(settings.host, *settings.ports),
        jitter_frames=settings.jitter_ms // FRAME_MS,
        randbelow=randbelow,
    )
