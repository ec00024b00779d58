"""What every test shares."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("portero", derandomize=True, deadline=None)
settings.load_profile("portero")
