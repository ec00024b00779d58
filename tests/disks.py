"""A small disk of its own, to be filled or made read-only."""

from __future__ import annotations

import subprocess
from pathlib import Path


class Disk:
    """A file system in memory at `folder`, of `kilobytes`."""

    def __init__(self, folder: Path, kilobytes: int) -> None:
        self.folder = folder
        self._mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder))

    def fill(self) -> None:
        """Leave no byte."""
        block = bytes(4096)
        try:
            with (self.folder / "filler").open("wb", buffering=0) as filler:
                while filler.write(block):
                    pass
        except OSError:
            return

    def read_only(self) -> None:
        """As a kernel makes it after a fault of the disk."""
        self._mount("-o", "remount,ro", str(self.folder))

    def gone(self) -> None:
        subprocess.run(["umount", str(self.folder)], check=True)

    @staticmethod
    def _mount(*arguments: str) -> None:
        subprocess.run(["mount", *arguments], check=True)
