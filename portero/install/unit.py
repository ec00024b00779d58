"""The systemd unit, with this installation's paths (pure)."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

PROGRAM: Final = "/opt/venvs/portero/bin/twistd"
"""Where the Debian package has it, and the unit as it is shipped."""
FOLDER: Final = "/etc/portero"


def unit_file(shipped: str, program: str, folder: str) -> str:
    """The unit for another `program` and another folder of settings.

    program: a path of twistd; `portero` is beside it, as pip puts them.
    """
    programs, settings = f"={PurePosixPath(PROGRAM).parent}/", f" -c {FOLDER}/config.yaml\n"
    credentials = f":{FOLDER}/credentials\n"
    for part, count in ((programs, 2), (settings, 2), (credentials, 1)):  # to start, and to reload
        assert shipped.count(part) == count, part
    return (
        shipped.replace(programs, f"={_escaped(str(PurePosixPath(program).parent))}/")
        .replace(settings, f" -c {_escaped(folder)}/config.yaml\n")
        .replace(credentials, f":{folder.replace('%', '%%')}/credentials\n")
    )


def _escaped(path: str) -> str:
    """systemd.service(5): a path with spaces is quoted, % begins a specifier, $ a variable."""
    written = path.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$")
    return written.replace(" ", "\\x20").replace('"', '\\"')
