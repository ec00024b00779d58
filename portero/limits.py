"""Every bound of portero, with its unit and where the number comes from."""

from __future__ import annotations

from typing import Final

# The frame: what a phone sends and what the beat of portero is made of (RFC 3551, 4.2).
FRAME_MS: Final = 20
FRAME_SECONDS: Final = FRAME_MS / 1000

# The doorman's tools: what the model may send and what it is told (both also cost tokens).
TOOL_ARGUMENTS_CHARS: Final = 4096  # ten times the longest sensible call
TOOL_OUTPUT_CHARS: Final = 4096  # about 1,000 tokens, read before the agent may speak
TOOL_ITEMS: Final = 5  # more names than this nobody reads aloud
TOOL_TEXT_CHARS: Final = 200  # a single field of an answer
GATE_REPEAT_SECONDS: Final = 15.0  # a second open in this time is the first one again

# The Backend API: a visitor waits on the phone for each of these.
BACKEND_SECONDS: Final = 8.0  # one request with its retries; silence gets awkward at 10 s
BACKEND_TRIES: Final = 3  # GET only
BACKEND_RETRY_SECONDS: Final = 0.25  # doubles with each try
BACKEND_ANSWER_BYTES: Final = 256 * 1024  # 100 access-log rows are about 60 kB
GATE_SECONDS: Final = 5.0  # a device that has not answered by then is not confirmed

# The registry (embedded backend).
REGISTRY_BODY_BYTES: Final = 64 * 1024  # an access-log entry is below 2 kB
REGISTRY_FIELD_CHARS: Final = 500  # any text of a request; the columns are as wide
REGISTRY_ROWS: Final = 100  # rows of one answer, as the first backend's default
REGISTRY_CANDIDATES: Final = 50  # two that agree already mean "ask for more"
REGISTRY_WAITING: Final = 64  # jobs queued for the database before "busy" is answered
REGISTRY_BUSY_SECONDS: Final = 5.0  # wait for another process (portero registry import)
PLATES_MINUTES: Final = 24 * 60  # oldest plate that may be asked for
IMPORT_FILE_BYTES: Final = 8 * 1024 * 1024  # 50,000 rows of 160 bytes
IMPORT_ROWS: Final = 50_000  # the largest communities have some 10,000 units
