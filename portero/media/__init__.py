"""Sound between Asterisk and the Realtime sessions: legs, resampling, playout, the 20 ms beat."""

from portero.media.playout import Heard
from portero.media.service import MediaService
from portero.media.stream import MediaStats, MediaStream

__all__ = ["Heard", "MediaService", "MediaStats", "MediaStream"]
