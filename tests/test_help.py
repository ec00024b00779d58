"""`--help` in both languages: nothing without its Spanish, no Spanish without its command."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from portero.cli import main
from portero.helping import presented, spanish

LOCALES = {"es": "es_MX.UTF-8", "en": "en_US.UTF-8"}


def walk(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command as the code has it, by its path."""
    yield path, command
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            found = command.get_command(ctx, name)
            assert found is not None
            yield from walk(found, f"{path} {name}".strip())


TREE = dict(walk(main))
LEAVES = [path for path, command in TREE.items() if not isinstance(command, click.Group)]


def helped(path: str, language: str, width: int = 80) -> str:
    environ = {"LC_ALL": LOCALES[language], "COLUMNS": str(width)}
    result = CliRunner().invoke(main, [*path.split(), "--help"], env=environ, terminal_width=width)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_command_has_its_spanish_and_no_other_has() -> None:
    assert sorted(spanish().commands) == sorted(TREE)


def test_every_option_has_its_spanish_and_no_other_has() -> None:
    used = {
        option.help
        for command in TREE.values()
        for option in command.params
        if isinstance(option, click.Option) and option.help
    }
    assert sorted(spanish().options) == sorted(used)


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("path", TREE)
def test_help_fits_a_terminal_and_has_an_example(path: str, language: str) -> None:
    told = helped(path, language)
    assert told.startswith("Uso: " if language == "es" else "Usage: ")
    assert f"portero {path}".strip() in told.partition("\n")[2]  # beside the usage
    if path in LEAVES:
        assert re.search(r"^  (Ejemplo|Example)s?[:,]", told, re.M)
        assert re.search(rf"^    .*portero {path}", told, re.M)
    assert "\b" not in told
    examples = r"^    .*"  # are meant to be copied, not to be wrapped
    long = [line for line in told.splitlines() if len(line) > 80 and not re.match(examples, line)]
    assert not long


@pytest.mark.parametrize("path", TREE)
def test_spanish_has_no_english_left(path: str) -> None:
    told = helped(path, "es")
    assert not re.search(r"\b(Usage|Options|Commands|Examples?|Show|default:|required)\b", told)


@pytest.mark.parametrize("language", LOCALES)
def test_a_list_of_commands_cuts_nothing_off(language: str) -> None:
    for path, command in TREE.items():
        if isinstance(command, click.Group):
            assert "..." not in helped(path, language).partition("\n\n")[2]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("chekc",), "No existe el comando 'chekc'."),
        (("calls", "--ende", "2"), "No existe la opción '--ende'. ¿Quiso decir '--ended'?"),
        (("show",), "Falta el argumento 'CALL'."),
        (("show", "a", "b"), "Sobra el argumento (b)"),
        (("calls", "--ended", "0"), "0 no está en el rango 1<=x<=1000."),
        (("calls", "--ended"), "La opción '--ended' necesita un valor."),
        (("completion", "csh"), "'csh' no es uno de 'bash', 'zsh', 'fish'."),
        (("registry", "import", "nada"), "Archivo 'nada' no existe."),
    ],
)
def test_clicks_own_words_are_spanish(arguments: tuple[str, ...], says: str) -> None:
    result = CliRunner().invoke(main, arguments, env={"LC_ALL": "es_MX.UTF-8"})
    assert result.exit_code == 2
    assert says in result.stderr
    assert "No such" not in result.stderr
    assert result.stderr.startswith(("Uso: ", "Error: "))


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"LC_ALL": "en_US.UTF-8", "LANG": "es_MX.UTF-8"}, "Usage"),
        ({"LC_ALL": "", "LC_MESSAGES": "en_US.UTF-8", "LANG": "es_MX.UTF-8"}, "Usage"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "en_US.UTF-8"}, "Usage"),
        ({"LC_ALL": "", "LC_MESSAGES": "es_MX.UTF-8", "LANG": "en_US.UTF-8"}, "Uso"),
        ({"LC_ALL": "C.UTF-8", "LC_MESSAGES": "", "LANG": ""}, "Uso"),
    ],
)
def test_the_locale_decides(environ: dict[str, str], says: str) -> None:
    assert CliRunner().invoke(main, ["--help"], env=environ).stdout.startswith(f"{says}: ")


def test_the_commands_themselves_stay_english() -> None:
    before = TREE["calls"].help
    assert presented(TREE["calls"], "calls", "es").help != before
    assert TREE["calls"].help == before


def test_who_asked_first_does_not_choose_the_language() -> None:
    simulate = TREE["simulate"]
    CliRunner().invoke(simulate, ["--help"])  # in English, and not by the way that people go
    assert "Muestra esta ayuda" in helped("simulate", "es")
