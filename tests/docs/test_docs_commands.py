"""What the pages tell people to type: it exists, and it does what the page says."""

from __future__ import annotations

import re
import shlex
from configparser import ConfigParser
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from install.newhouse import ENVIRON, FULL, KEY, NewHouse, make_house
from pages import ENGLISH, PAGES, ROOT, Block, blocks, inline

from portero.cli import main

MACHINE = "tests/real/test_documented_machine.py"
ELSEWHERE = {
    "portero doctor": "tests/real/test_debian_package.py",
    "portero call": "tests/real/test_operator_call.py",
    "portero tail": "tests/operating/test_operator_commands.py",
    "portero reload": "tests/operating/test_operator_commands.py",
    "systemctl enable --now portero": "tests/real/packaged_house.py",
    "systemctl restart portero": "tests/real/test_debian_package.py",
    "script/deb": "tests/real/packaged_house.py",
}
"""Commands that need a daemon, a real Asterisk or a machine of their own, and who runs them."""
TAKEN_FROM_THE_PAGES = {
    "apt install sqlite3": MACHINE,
    "sqlite3 ": MACHINE,
    "usermod ": MACHINE,
    "sudo -u postgres ": MACHINE,
    "journalctl ": MACHINE,
    "install -m ": MACHINE,
    "asterisk -rx ": "tests/real/test_documented_console.py",
}
"""Commands that those tests read from the pages, whatever their words are."""
NOT_HERE = {
    "script/demo": "makes its own environment; its parts: tests/simulator/test_demo_parts.py",
    "script/test": "it is what runs this test",
    "python3 -m venv /opt/portero": "Python's; script/demo and script/test do the same",
    "/opt/portero/bin/pip install .": "pip's; script/deb does the same",
}
"""Whole lines that nothing runs as they are."""
PACKAGE = re.compile(r"apt install \./portero_\d+\.\d+\.\d+_amd64\.deb")  # packaged_house.py
OTHERS = (*NOT_HERE, *TAKEN_FROM_THE_PAGES, "systemctl")


def run_elsewhere(line: str) -> bool:
    """By another test, or by none."""
    known = line.startswith(tuple(TAKEN_FROM_THE_PAGES)) or PACKAGE.fullmatch(line) is not None
    portero = line.startswith(tuple(it for it in ELSEWHERE if it.startswith("portero ")))
    return known or portero or line in ELSEWHERE or line in NOT_HERE


UNKNOWN_HERE = ("portero policy explain", "portero ledger verify --tenant robles --head")
"""They name a call or a row of the reader's: that they are not known is the answer."""
GATE = ("--gate", "webhook", "--gate-url", "http://192.0.2.10/relay/1/pulse")
HERE = "/etc/portero/here.yaml"  # init's own file, with this house's folders


def unbroken(block: Block) -> list[str]:
    """A block's lines; one that ends with a backslash goes on in the next."""
    return re.sub(r" *\\\n *", " ", block.text).splitlines()


def lines(block: Block) -> list[str]:
    """The commands of a block, without comments."""
    typed = [re.split(r"\s+# |\s+\| ", line)[0].strip() for line in unbroken(block)]
    if block.kind == "crontab":
        typed = [re.sub(r"^(\S+ ){5}\s*", "", line) for line in typed]
    return [re.sub(r"^sudo portero", "portero", line) for line in typed if line]


TYPED = [
    (block, line)
    for page in ENGLISH  # the Spanish ones are the same: test_docs_samples.py
    for block in blocks(page)
    if block.kind in ("sh", "crontab")
    for line in lines(block)
]
RUN = [
    pytest.param(line, id=f"{block}-{line[:40]}")
    for block, line in TYPED
    if not run_elsewhere(line)
]


def words_of(line: str) -> list[str]:
    """Without what stands before portero: sudo, a key for this command, a folder."""
    words = shlex.split(line)
    first = next(i for i, word in enumerate(words) if word.rpartition("/")[2] == "portero")
    return words[first + 1 :]


def portero_lines(page: str) -> list[str]:
    """Whatever names a command of portero's on a page, in a block or in the prose."""
    shown = [line for it in blocks(page) if it.kind in ("sh", "crontab") for line in lines(it)]
    said = [text for text in inline(page) if re.match(r"(sudo )?portero [a-z-]", text)]
    return [line for line in (*shown, *said) if re.search(r"(^|[ /])portero [a-z]", line)]


def missing(line: str) -> list[str]:
    """What of a command portero does not have."""
    words = words_of(line)
    found: click.Command | None = main
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0).rstrip(",")
        found = found.get_command(click.Context(found), name)
        if found is None:
            return [name]
    assert found is not None
    known = {name for it in found.params for name in (*it.opts, *it.secondary_opts)} | {"--help"}
    given = [word.split("=")[0] for word in words if word.startswith("-")]
    return [word for word in given if word not in known]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_named_exists(page: str) -> None:
    shown = [line for line in portero_lines(page) if not line.startswith(OTHERS)]
    assert {line: missing(line) for line in shown if missing(line)} == {}


def test_a_command_that_is_not_there_is_found() -> None:
    assert missing("portero recrods export x.csv") == ["recrods"]
    assert missing("portero records exprot x.csv") == ["exprot"]
    assert missing("portero records export --form csv x.csv") == ["--form"]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NewHouse:
    """A machine after `portero init`, with a file of residents in the current folder."""
    house = make_house(tmp_path)
    done = house.init(*FULL, *GATE)
    assert done.exit_code == 0, done.output
    text = house.read("/etc/portero/config.yaml")
    for folder in ("/etc/portero", "/var/lib/portero", "/var/cache/portero"):
        text = text.replace(folder, str(house.file(folder)))
    house.put(HERE, text)
    (shown,) = (block.text for block in blocks("docs/install.md") if block.kind == "csv")
    (tmp_path / "residents.csv").write_text(shown, "utf-8")
    monkeypatch.chdir(tmp_path)
    return house


@pytest.mark.parametrize("line", RUN)
def test_what_is_typed_works(house: NewHouse, line: str) -> None:
    words = words_of(line)
    if words[0] == "init":
        if "--snippets" not in words:
            house = make_house(house.root.parent / "new")
        asked = FULL if len(words) == 1 else ()  # the questions: tests/install
        words[1:1] = ["--root", str(house.root), *asked, "--yes"]
        words = [word for word in words if word != "--apply"]  # it is Asterisk's to reload
    environment = {
        **ENVIRON,
        "OPENAI_API_KEY": KEY,
        "PORTERO_CONFIG": str(house.file(HERE)),
    }
    done = CliRunner().invoke(main, words, env=environment)
    told = done.output
    assert "Traceback" not in told
    assert done.exception is None or isinstance(done.exception, SystemExit), told
    if line.startswith(UNKNOWN_HERE):
        assert done.exit_code in (0, 1), told
    else:
        assert done.exit_code == 0, told


@pytest.mark.parametrize(("command", "where"), ELSEWHERE.items())
def test_what_needs_a_machine_is_run_there(command: str, where: str) -> None:
    """The named test is there and runs that command."""
    text = (ROOT / where).read_text("utf-8")
    words = command.removeprefix("portero ").removeprefix("script/").split()
    assert [word for word in words if f'"{word}"' not in text] == []


@pytest.mark.parametrize(("command", "where"), TAKEN_FROM_THE_PAGES.items())
def test_what_is_read_from_the_pages_is_read_there(command: str, where: str) -> None:
    """The named test asks the pages for lines that begin so."""
    assert command in (ROOT / where).read_text("utf-8")


def test_a_command_that_nobody_runs_is_found() -> None:
    for line in ("systemctl enable --now porter", "script/debb", "python3 -m vemv /opt/portero"):
        assert not run_elsewhere(line)


def test_no_reason_is_left_over() -> None:
    typed = [line for _, line in TYPED]
    for known in (*ELSEWHERE, *TAKEN_FROM_THE_PAGES, *NOT_HERE, *UNKNOWN_HERE):
        assert any(line.startswith(known) for line in typed), known


@pytest.mark.parametrize("page", PAGES)
def test_the_extras_that_pip_is_asked_for_exist(page: str) -> None:
    extras = ConfigParser()
    extras.read(ROOT / "setup.cfg")
    asked = re.findall(r"pip install .*'\.\[([\w,]+)\]'", "\n".join(inline(page)))
    named = {name for it in asked for name in it.split(",")}
    assert named - set(extras["options.extras_require"]) == set()
