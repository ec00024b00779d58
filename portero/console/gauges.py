"""How the daemon is at this moment, asked anew by each scrape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from portero.config import Settings
from portero.console.house import House
from portero.console.labels import OTHER, name

STATES: Final = ("starting", "ready", "degraded", "draining")


class HouseGauges(Collector):
    """What `portero status` tells, as numbers."""

    def __init__(self, house: House, settings: Callable[[], Settings]) -> None:
        self._house = house
        self._settings = settings

    def describe(self) -> tuple[()]:
        """Nothing: the registry would ask the house while it is built."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        status = self._house.status()
        yield _gauge("build_info", "The version that runs.", {status.version: 1}, "version")
        states = {state: float(state == status.state) for state in STATES}
        yield _gauge("state", "1 for the state it is in.", states, "state")
        yield _gauge("ami_connected", "Whether Asterisk's AMI is there.", status.ami_connected)
        yield _gauge("calls_max", "Calls that fit (asterisk.max_calls).", status.max_calls)
        yield _gauge("calls_standing", "Calls inside.", self._standing(), "tenant")
        yield _gauge(
            "settings_loaded_timestamp_seconds",
            "When the settings were read.",
            status.loaded_at.timestamp(),
        )
        known = self._known()
        spent = {it: spending for it, spending in status.tenants.items() if it in known}
        today = {it: spending.today_usd for it, spending in spent.items()}
        yield _gauge("cost_today_usd", "What the model has cost today.", today, "tenant")
        limits = {
            it: spending.limit_usd
            for it, spending in spent.items()
            if spending.limit_usd is not None
        }
        yield _gauge("cost_limit_usd", "Of a day (tenants.daily_limit_usd).", limits, "tenant")

    def _standing(self) -> dict[str, float]:
        known = self._known()
        standing = Counter(name(it.tenant, known) for it in self._house.calls())
        shown = [*known, OTHER] if OTHER in standing else known
        return {tenant: float(standing[tenant]) for tenant in shown}

    def _known(self) -> list[str]:
        return [it.id for it in self._settings().tenants]


def _gauge(
    suffix: str, help_text: str, values: float | dict[str, float], label: str = ""
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"portero_{suffix}", help_text, labels=[label] if label else None)
    if not isinstance(values, dict):
        values = {"": values}
    for value_of, value in values.items():
        family.add_metric([value_of] if label else [], float(value))
    return family
