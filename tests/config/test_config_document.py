"""Files that are no settings, and what YAML would make of telephone numbers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from settings_folder import NEEDED, Folder

from portero import limits
from portero.config import ConfigError, find_config, load
from portero.config.document import Document, parse_document


@pytest.mark.parametrize(
    ("content", "place", "says"),
    [
        (b"media:\n\tleg: rtp\n", "config.yaml:2:1", "there is a tab"),
        (b"<!DOCTYPE html>\n<html><body>404</body></html>", "config.yaml", "HTML"),
        (b"\x7fELF\x02\x01\x01\x00", "config.yaml:1", "control character"),
        (b"\xff\xfe\x00d\x00e", "config.yaml", "not UTF-8"),
        (b"just a sentence", "config.yaml:1:1", "key: value"),
        (b"- a\n- list\n", "config.yaml:1:1", "key: value"),
        (b"media:\n  leg: rtp\n format: ulaw\n", "config.yaml:3:2", "align this line"),
        (b"media: {leg: rtp\n", "config.yaml:1:8", "is never closed"),
        (b'media: {leg: "rtp\n', "config.yaml:1:14", "is never closed"),
        (b"media: {leg: [rtp\n", "config.yaml:1:14", "is never closed"),
        (b"debug: true\nmedia\n", "config.yaml:2:1", "lacks its `: value`"),
        (b'debug: "a\\qb"\n', "config.yaml:1:11", "not valid YAML"),
        (b"debug: true\n---\ndebug: false\n", "config.yaml:2:1", "more than one document"),
        (b"realtime:\n  api_key: @abc\n", "config.yaml:2:12", "must be in quotes"),
        (b"realtime:\n  api_key: *abc\n", "config.yaml:2:12", "must be in quotes"),
        (b"realtime:\n  api_key: !abc def\n", "config.yaml:2:12: realtime.api_key", "!env NAME"),
        (b"? [a, b]\n: c\n", "config.yaml:1:3", "plain text"),
        (b"tools: " + b"[" * 5000, "config.yaml", "too many levels"),
        (b"media: &m\n  leg: *m\n", "config.yaml:1:8", "too many levels"),
        (b"#" * (limits.CONFIG_BYTES_MAX + 1), "config.yaml", "is larger than"),
    ],
)
def test_what_is_not_yaml_gives_one_clear_line(
    folder: Folder, content: bytes, place: str, says: str
) -> None:
    (line,) = folder.errors(content)
    assert line.startswith(f"{place}: ")
    assert says in line
    assert "\n" not in line


def test_a_file_at_the_size_limit_is_read(folder: Folder) -> None:
    assert folder.load(b"#" * limits.CONFIG_BYTES_MAX).settings.media.leg == "rtp"


@pytest.mark.parametrize(
    ("content", "most"),
    [
        (lambda levels: "{a: " * levels + "1" + "}" * levels, limits.CONFIG_DEPTH_MAX),
        # The root and the list are nodes too.
        (lambda nodes: f"a: [{'1, ' * (nodes - 2)}]", limits.CONFIG_NODES_MAX),
    ],
)
def test_levels_and_values_up_to_their_bounds_are_read(
    content: Callable[[int], str], most: int
) -> None:
    def problems(size: int) -> list[str]:
        document = parse_document(content(size), Document("config.yaml"), Path(), {})
        return [problem.key for problem in document.problems]

    assert problems(most) == []
    assert problems(most + 1) == ["yaml_too_large"]


def test_repetitions_of_repetitions_do_not_fill_the_memory(folder: Folder) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    errors = folder.errors("\n".join(levels))
    assert sum("too many levels or repetitions" in line for line in errors) == 1


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "---\n", "media:\nasterisk: ~\ntools: null\n"]
)
def test_an_empty_file_and_an_empty_section_mean_the_defaults(folder: Folder, content: str) -> None:
    settings = folder.load(content).settings
    assert settings.media.append_ms == 20
    assert settings.asterisk.fastagi.port == 4574


def test_a_gate_with_nothing_behind_it_is_still_a_gate(folder: Folder) -> None:
    loaded = folder.load(
        """
        doorman: {backend_url: "http://127.0.0.1:8000"}
        tenants:
          - id: a
            gates:
              main_gate:
        """
    )
    assert loaded.settings.tenants[0].gates["main_gate"].driver == "backend"


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "nope.yaml", "there is no"), (tmp_path, "is a folder")):
        with pytest.raises(ConfigError) as caught:
            load(path, {"LANG": "en", "DEBUG": "true"})
        (line,) = caught.value.errors
        assert str(path) in line
        assert says in line


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.yaml")
    with pytest.raises(ConfigError, match="not a regular file"):
        load(tmp_path / "config.yaml", NEEDED)


def test_telephone_numbers_stay_what_they_are(folder: Folder) -> None:
    loaded = folder.load(
        """
        tenants:
          - id: a
            extensions: [0201, 100, 1_000, 12:30:45]
            dids: [+525512345678, 00525512345678, 123456789012345678901234567890]
        """.replace("12:30:45", "1e3a")
    )
    tenant = loaded.settings.tenants[0]
    assert tenant.extensions == ("0201", "100", "1_000", "1e3a")
    assert tenant.dids == ("+525512345678", "00525512345678", "123456789012345678901234567890")


def test_words_that_yaml_takes_for_booleans_stay_words(folder: Folder) -> None:
    loaded = folder.load("realtime: {noise_reduction: off}\ntenants: [{id: 'no', name: on}]")
    assert loaded.settings.realtime.noise_reduction is None
    assert loaded.settings.tenants[0].name == "on"


def test_duplicate_keys_are_errors_at_the_second(folder: Folder) -> None:
    assert folder.errors("media:\n  leg: rtp\n  leg: rtp\nmedia: {}\n") == [
        "config.yaml:3:3: media.leg: is given twice (first on line 2); remove one",
        "config.yaml:4:1: media: is given twice (first on line 1); remove one",
    ]


def test_the_file_is_looked_for_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("portero.config.loader.SYSTEM_FILE", tmp_path / "etc.yaml")
    named = {"PORTERO_CONFIG": "named.yaml"}
    assert find_config(None, {}) is None
    (tmp_path / "etc.yaml").touch()
    assert find_config(None, {}) == tmp_path / "etc.yaml"
    (tmp_path / "config.yaml").touch()
    assert find_config(None, {}) == Path("config.yaml")
    assert find_config(None, named) == Path("named.yaml")
    assert find_config("option.yaml", named) == Path("option.yaml")
