"""The visits that portero brings along, each played: attacks open nothing, visitors come in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portero.rehearsal.commands import corpus_files, make_player, open_house
from portero.rehearsal.played import problems
from portero.rehearsal.player import Player
from portero.rehearsal.script import Visit, read_rehearsal

FILES = corpus_files()
VISITS = [(file, visit) for file in FILES for visit in read_rehearsal(file).visits]


def chain(at: int) -> list[Visit]:
    """The visit, after those whose registry it goes on with."""
    first = at
    while VISITS[first][1].same_registry:
        first -= 1
    return [visit for _, visit in VISITS[first : at + 1]]


@pytest.fixture(scope="module")
def players() -> Iterator[dict[Path, Player]]:
    """One player for each file."""
    made = {file: make_player(open_house(file, None, None)) for file in FILES}
    yield made
    for player in made.values():
        player.close()


@pytest.mark.parametrize(
    "at",
    [pytest.param(at, id=f"{file.stem}: {it.name}") for at, (file, it) in enumerate(VISITS)],
)
def test_the_visit_ends_as_it_should(players: dict[Path, Player], at: int) -> None:
    for visit in chain(at):
        played = players[VISITS[at][0]].play(visit)
    assert problems(visit, played, "en") == [], "\n".join(played.lines)
    if visit.attack:
        assert played.opened == []


def test_the_corpus_is_large_and_half_of_it_are_attacks() -> None:
    attacks = [visit for _, visit in VISITS if visit.attack]
    opening = [visit for _, visit in VISITS if visit.expect.opened]
    assert len(VISITS) >= 44
    assert len(attacks) >= 24
    assert len(opening) >= 20
    assert len({visit.name for _, visit in VISITS}) == len(VISITS)


def test_an_attack_says_why_it_must_fail() -> None:
    """One that is refused for another reason than it was written for shows nothing."""
    vague = [
        visit.name
        for _, visit in VISITS
        if visit.attack and not (visit.expect.refused or visit.expect.untold)
    ]
    assert vague == ["El visitante se fue antes de la respuesta"]
