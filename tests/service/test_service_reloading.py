"""What a reload may change, and what has to wait."""

from __future__ import annotations

from functools import reduce

import pytest

from portero.config import Settings
from portero.service.reloading import FIXED, change

OLD = Settings.model_validate(
    {
        "asterisk": {"ami": {"password": "x"}},
        "tenants": [{"id": "lomas", "greeting": "Hola"}, {"id": "robles"}],
    }
)


def changed(**sections: object) -> Settings:
    return Settings.model_validate({**OLD.model_dump(), **sections})


def at(settings: Settings, path: str) -> object:
    return reduce(getattr, path.split("."), settings)


def test_nothing_new_changes_nothing() -> None:
    same = change(OLD, changed())
    assert (same.settings, same.changed, same.waiting) == (OLD, (), ())


def test_what_calls_are_served_by_counts_at_once_and_is_named() -> None:
    new = changed(
        media={"noise_gate": 300, "prebuffer_frames": 5},
        realtime={"voice": "cedar"},
        tenants=[{"id": "lomas", "greeting": "Buenas"}, {"id": "pinos"}],
    )
    taken = change(OLD, new)
    assert taken.settings == new
    assert taken.waiting == ()
    assert set(taken.changed) == {
        "media.noise_gate",
        "media.prebuffer_frames",
        "realtime.voice",
        "tenants.lomas",
        "tenants.robles",  # gone
        "tenants.pinos",  # new
    }


@pytest.mark.parametrize(
    ("path", "sections"),
    [
        ("asterisk.ami", {"asterisk": {"ami": {"password": "other"}, "max_calls": 7}}),
        ("asterisk.fastagi", {"asterisk": {"fastagi": {"port": 4999}, "max_calls": 7}}),
        ("asterisk.prompts", {"asterisk": {"prompts": {"folder": "/tmp/p"}, "max_calls": 7}}),
        ("media.leg", {"media": {"leg": "audiosocket"}}),
        ("media.format", {"media": {"format": "g722"}}),
        ("media.host", {"media": {"host": "127.0.0.2"}}),
        ("media.ports", {"media": {"ports": "22000-22999"}}),
        ("media.audiosocket_port", {"media": {"audiosocket_port": 4599}}),
        ("doorman.webhook", {"doorman": {"webhook": {"port": 8099}}}),
        ("registry.url", {"registry": {"url": "sqlite:///other.db", "keep_days": 99}}),
        ("console", {"console": {"port": 0}}),
        ("log", {"log": {"format": "json"}}),
    ],
)
def test_what_is_open_already_waits_for_a_restart(path: str, sections: dict[str, object]) -> None:
    new = changed(**sections)
    taken = change(OLD, new)
    assert path in taken.waiting
    assert change(taken.settings, new).waiting == taken.waiting  # it is said until it is done
    assert at(taken.settings, path) == at(OLD, path) != at(new, path)


def test_beside_what_waits_the_rest_counts() -> None:
    new = changed(asterisk={"ami": {"password": "other"}, "max_calls": 7})
    taken = change(OLD, new)
    assert taken.waiting == ("asterisk.ami",)
    assert taken.settings.asterisk.max_calls == 7
    assert taken.settings.asterisk.ami == OLD.asterisk.ami


def test_every_fixed_path_is_a_setting() -> None:
    for path in FIXED:
        at(OLD, path)
