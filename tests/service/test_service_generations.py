"""New settings take the place of old ones; the old ones stay until their last call is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs

from portero.config import ConfigError, Loaded, Settings
from portero.errors import PorteroError
from portero.messages import text
from portero.service.generations import Generations

OLD = Settings.model_validate({"tenants": [{"id": "lomas"}]})
NEW = Settings.model_validate({"tenants": [{"id": "robles"}], "media": {"noise_gate": 300}})


def loaded(settings: Settings, *warnings: str) -> Loaded:
    return Loaded(settings, "en", warnings, {}, {}, {})


@dataclass
class Generation:
    """Stands in for `portero.service.generation.Generation`."""

    settings: Settings
    events: list[str]
    parts: object = field(default_factory=object)

    @property
    def doorman(self) -> Any:
        name = self.settings.tenants[0].id
        return SimpleNamespace(start=lambda: self.events.append(f"start {name}"))

    async def close(self) -> None:
        self.events.append(f"close {self.settings.tenants[0].id}")


class House:
    """The rooms that a reload reaches."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.in_use: set[object] = set()
        self.read: Any = lambda: loaded(NEW)
        self.breaks: PorteroError | None = None
        self.first = Generation(OLD, self.events)
        self.in_use.add(self.first.parts)
        self.generations = Generations(
            self.first,  # type: ignore[arg-type]
            read=lambda: self.read(),
            make=self._make,  # type: ignore[arg-type]
            desk=SimpleNamespace(renew=self._renew, uses=lambda parts: parts in self.in_use),  # type: ignore[arg-type]
            media=SimpleNamespace(renew=lambda it: self.events.append(f"gate {it.noise_gate}")),  # type: ignore[arg-type]
            now=lambda: 1_800_000_000.0,
        )

    def _make(self, settings: Settings) -> Generation:
        if self.breaks is not None:
            raise self.breaks
        return Generation(settings, self.events)

    def _renew(self, parts: object) -> None:
        self.events.append("renew")
        self.in_use.add(parts)


def test_the_next_calls_are_served_by_the_new_and_the_old_close_after_the_last_of_theirs() -> None:
    house = House()
    reloaded = house.generations.reload()
    assert reloaded.errors == ()
    assert set(reloaded.changed) == {"tenants.lomas", "tenants.robles", "media.noise_gate"}
    assert house.events == ["start robles", "gate 300", "renew"]
    house.generations.tidy()
    assert house.events[3:] == []  # a call of the old ones stands
    house.in_use.remove(house.first.parts)
    house.generations.tidy()
    assert house.events[3:] == ["close lomas"]
    house.generations.tidy()
    assert house.events[3:] == ["close lomas"]


def test_settings_that_are_wrong_change_nothing() -> None:
    house = House()

    def wrong() -> Loaded:
        raise ConfigError(("config.yaml:3:1: one", "config.yaml:9:1: two"), ("a warning",), "en")

    house.read = wrong
    with capturedLogs() as logs:
        reloaded = house.generations.reload()
    assert reloaded.errors == ("config.yaml:3:1: one", "config.yaml:9:1: two")
    assert reloaded.warnings == ("a warning",)
    assert house.events == []
    assert house.generations.current.settings is OLD
    assert [event["line"] for event in logs] == list(reloaded.errors)


def test_a_file_without_any_tenant_is_one_that_somebody_is_still_writing() -> None:
    house = House()
    house.read = lambda: loaded(Settings())
    assert house.generations.reload().errors == (text("reload_no_tenants", "en"),)
    assert house.events == []
    assert house.generations.current.settings is OLD


def test_what_can_not_be_made_from_them_changes_nothing_either() -> None:
    house = House()
    house.breaks = PorteroError("tools.get_parcels: no such thing")
    reloaded = house.generations.reload()
    assert reloaded.errors == ("tools.get_parcels: no such thing",)
    assert house.events == []
    assert house.generations.current.settings is OLD


def test_the_same_settings_disturb_nobody() -> None:
    house = House()
    house.read = lambda: loaded(OLD, "doubtful")
    reloaded = house.generations.reload()
    assert (reloaded.changed, reloaded.warnings) == ((), ("doubtful",))
    assert house.events == []


def test_the_end_closes_old_and_new() -> None:
    house = House()
    house.generations.reload()
    house.events.clear()
    closed = Deferred.fromCoroutine(house.generations.close())
    assert closed.called
    assert house.events == ["close lomas", "close robles"]
