"""All steps of `portero doctor`, in the order of its report."""

from __future__ import annotations

from typing import Final

from portero.doctor import ami, around, dialplan, modules, ports, rights, sound
from portero.doctor.around import Look

STEPS: Final[tuple[Look, ...]] = (
    *ami.LOOKS,
    *rights.LOOKS,
    *modules.LOOKS,
    *dialplan.LOOKS,
    *ports.LOOKS,
    *sound.LOOKS,
    *around.LOOKS,
)
