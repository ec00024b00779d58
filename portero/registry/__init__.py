"""The embedded backend: residents, whom they expect, who came, and what was opened."""

from portero.registry.store import Registry, RegistryError

__all__ = ["Registry", "RegistryError"]
