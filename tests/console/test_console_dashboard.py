"""The dashboard of Grafana shows what /metrics tells, all of it, and nothing that isn't there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console.standin import RECORD, House
from console.test_console_metrics import SETTINGS

from portero.console.metrics import Metrics

BOARD: Any = json.loads(
    (Path(__file__).parents[2] / "etc" / "grafana" / "portero.json").read_text("utf-8")
)
FUNCTIONS = {
    *("sum", "max", "by", "rate", "increase", "changes", "clamp_min"),
    *("histogram_quantile", "label_values"),
}
GRAFANAS = {"job", "instance"}  # labels that a scrape adds


def expressions() -> Iterator[str]:
    """All of PromQL in the dashboard."""
    for panel in BOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (note["expr"] for note in BOARD["annotations"]["list"])
    variables = BOARD["templating"]["list"]
    yield from (it["definition"] for it in variables if it["type"] == "query")


def names(expression: str) -> set[str]:
    """Metrics and labels of an expression; what is in quotes and durations are neither."""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|\$\w+', " ", expression)
    return set(re.findall(r"[A-Za-z_]\w*", bare)) - FUNCTIONS


@pytest.fixture(scope="module")
def shown() -> dict[str, set[str]]:
    """The labels of each metric of a house where everything has happened once."""
    house = House()
    metrics = Metrics(house, lambda: SETTINGS)
    metrics.observe(RECORD)
    for told in ({"event": "begin"}, {"event": "opened", "gate": "main"}, {"event": "guard"}):
        house.feed.publish({**told, "tenant": "lomas"})
    samples = [it for family in metrics.registry.collect() for it in family.samples]
    labels: dict[str, set[str]] = {}
    for sample in samples:
        labels.setdefault(sample.name, set()).update(sample.labels)
    return labels


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_asks_for_what_is_told(expression: str, shown: dict[str, set[str]]) -> None:
    asked = names(expression)
    metrics = asked & shown.keys()
    assert metrics
    labels = set().union(*(shown[metric] for metric in metrics))
    assert asked - metrics <= labels | GRAFANAS


def test_everything_that_portero_tells_is_shown(shown: dict[str, set[str]]) -> None:
    ours = {name for name in shown if name.startswith("portero_")}
    ours -= {name for name in ours if name.endswith(("_sum", "_count"))}  # beside their _bucket
    assert ours == ours & set().union(*map(names, expressions()))


def test_the_dashboard_can_be_imported_anywhere() -> None:
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids))
    for panel in BOARD["panels"]:
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert panel["targets"]


def test_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (place["x"] + across, place["y"] + down)
            for across in range(place["w"])
            for down in range(place["h"])
        }
        assert not cells & taken
        taken |= cells
