"""Every bound of portero, with its unit and where the number comes from."""

from __future__ import annotations

from typing import Final

# The frame: what a phone sends and what the beat of portero is made of (RFC 3551, 4.2).
FRAME_MS: Final = 20
FRAME_SECONDS: Final = FRAME_MS / 1000
