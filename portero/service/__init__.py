"""The daemon: built from its settings, reloaded, drained and stopped."""

from portero.service.service import PorteroService

__all__ = ["PorteroService"]
