"""WebSocket text frames of `input_audio_buffer.append`, built without a JSON encoder (pure).

Ten thousand of these leave a busy daemon in a second: base64 needs no escaping, so the JSON is a
template, and the mask is one XOR of 32 bit words (`primitives.md` 3 and 4).
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
import pybase64

# The space makes head and tail 48 bytes; base64 comes in fours: the mask needs no remainder.
_HEAD: Final = b'{"type":"input_audio_buffer.append", "audio":"'
_TAIL: Final = b'"}'
_FINAL_TEXT: Final = 0x81  # FIN, opcode 1 (RFC 6455, 5.2)
_MASKED: Final = 0x80
MASK_BYTES: Final = 4


def append_message(audio: bytes) -> bytes:
    """The JSON text that appends `audio`, raw samples of the session's input format."""
    return b"".join((_HEAD, pybase64.b64encode(audio), _TAIL))


def append_frame(audio: bytes, mask: bytes) -> bytes:
    """The whole frame; `mask`: four fresh random bytes (RFC 6455, 5.3)."""
    payload = append_message(audio)
    words = np.frombuffer(payload, dtype=np.uint32) ^ np.frombuffer(mask, dtype=np.uint32)
    return b"".join((_header(len(payload)), mask, words.tobytes()))


def _header(length: int) -> bytes:
    if length < 126:
        return struct.pack("!BB", _FINAL_TEXT, _MASKED | length)
    if length < 1 << 16:
        return struct.pack("!BBH", _FINAL_TEXT, _MASKED | 126, length)
    return struct.pack("!BBQ", _FINAL_TEXT, _MASKED | 127, length)
