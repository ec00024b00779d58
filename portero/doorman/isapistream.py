"""The parts of an endless multipart answer (pure; gates-and-notices.md 1.7).

Libraries for multipart are for forms: they want names, and an end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portero.limits import CAMERA_PART_BYTES


class PartTooLong(ValueError):
    """The stream is no multipart, or has a part that is no event or picture."""


def boundary_of(content_type: str) -> bytes | None:
    """The boundary, quoted or not, of a multipart type; None for any other type."""
    match = re.match(r'\s*multipart/[^;]+;.*?boundary="?([^";,\s]+)', content_type, re.IGNORECASE)
    return None if match is None else match[1].encode()


class Parts:
    """Takes the bytes as they come; `feed` gives the bodies of the parts that are whole.

    A part ends by its Content-Length, or where it has none with the next boundary.
    """

    def __init__(self, boundary: bytes) -> None:
        self._mark = b"--" + boundary
        self._data = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Raises PartTooLong for a part over CAMERA_PART_BYTES."""
        self._data += data
        while (part := self._next()) is not None:
            yield part
        if len(self._data) > CAMERA_PART_BYTES:
            raise PartTooLong(f"a part of more than {CAMERA_PART_BYTES} bytes")

    def _next(self) -> bytes | None:
        start = self._data.find(self._mark)
        if start < 0:
            return None
        head = re.compile(rb"\r?\n\r?\n").search(self._data, start)
        if head is None:
            return None
        fields = self._data[start : head.start()]
        length = re.search(rb"(?im)^content-length:[ \t]*(\d{1,9})[ \t]*\r?$", fields)
        if length is not None:
            end = head.end() + int(length[1])
            if len(self._data) < end:
                return None
        else:
            end = self._data.find(self._mark, head.end())
            if end < 0:
                return None
        body, self._data = self._data[head.end() : end], self._data[end:]
        return body.rstrip(b"\r\n") if length is None else body
