"""What the pages show as files and as output is what portero takes, writes and says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pages import ENGLISH, PAGES, ROOT, SPANISH, Block, blocks, of_kind
from shown_settings import ENVIRON, whole

from portero.config import load
from portero.config.residents import WebhookSettings
from portero.messages import CATALOGUE

RUNNERS = {"yaml", "sh", "text", "csv", "ini", "haproxy", "caddy", "nginx", "crontab"}
RUNNERS |= {"http", "json"}
"""Each is run by a test: `sh`, `csv` and `crontab` in test_docs_commands.py, `http` and `json` in
tests/doorman/test_doorman_documented.py, the others here."""
DOCTOR = re.compile(r"^(?:[✔✘!] (?P<step>[a-z]+\.[a-z_]+)  |    → )(?P<told>.+)$")


@pytest.mark.parametrize("page", PAGES)
def test_every_block_has_a_runner(page: str) -> None:
    assert (ROOT / page).is_file()
    fences = re.findall(r"^ *```", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    found = blocks(page)
    assert len(fences) == 2 * len(found), "a fence without its other end"
    assert [str(block) for block in found if block.kind not in RUNNERS] == []


@pytest.mark.parametrize("block", of_kind("yaml"), ids=str)
def test_settings_that_are_shown_are_right(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(whole(block.text), allow_unicode=True), "utf-8")
    load(file, ENVIRON)  # any error fails, with its line


def test_a_sample_with_a_mistake_would_be_found(tmp_path: Path) -> None:
    wrong = Block("x.md", 1, "yaml", "realtime: {vad: {treshold: 0.6}}\n")
    with pytest.raises(Exception, match="treshold"):
        test_settings_that_are_shown_are_right(wrong, tmp_path)


@pytest.mark.parametrize(("english", "spanish"), list(zip(ENGLISH, SPANISH, strict=True)))
def test_both_languages_show_the_same_blocks(english: str, spanish: str) -> None:
    """Settings by their values, commands without their comments; output is translated."""
    shown = [[meaning(block) for block in blocks(page)] for page in (english, spanish)]
    assert shown[0] == shown[1]


def meaning(block: Block) -> tuple[str, object]:
    """What a block says, whatever language its comments are in."""
    if block.kind == "yaml":
        node = yaml.compose(block.text)
        assert node is not None
        return block.kind, yaml.serialize(node)
    if block.kind == "text":
        return block.kind, len(block.text.splitlines())
    lines = [re.split(r"\s+# ", line)[0].rstrip() for line in block.text.splitlines()]
    return block.kind, lines


def told(language: str) -> list[re.Pattern[str]]:
    """All that the doctor can say, with anything where it puts a value."""
    texts = [getattr(it, language) for key, it in CATALOGUE.items() if key.startswith("doctor_")]
    parts = [re.split(r"\{[^}]*\}", text) for text in texts]
    return [re.compile(".+".join(map(re.escape, it))) for it in parts if len("".join(it)) > 5]


@pytest.mark.parametrize("block", [it for it in of_kind("text") if it.text[0] in "✔✘!"], ids=str)
def test_the_doctors_lines_are_what_it_says(block: Block) -> None:
    steps = {
        name
        for file in (ROOT / "portero" / "doctor").glob("*.py")
        for name in re.findall(r'"([a-z]+\.[a-z_]+)"', file.read_text("utf-8"))
    }
    says = told("es" if block.page.endswith(".es.md") else "en")
    for line in block.text.replace("\n      ", " ").splitlines():
        found = DOCTOR.match(line)
        assert found, line
        assert found["step"] is None or found["step"] in steps, line
        assert any(text.fullmatch(found["told"]) for text in says), line


def test_every_text_block_is_known() -> None:
    """The doctor's lines, or the WhatsApp template that Meta is given (two values, two buttons)."""
    for block in of_kind("text"):
        if block.text[0] not in "✔✘!":
            assert block.page.startswith("docs/gatekeeper"), str(block)
            assert set(re.findall(r"\{\{(\d)\}\}", block.text)) == {"1", "2"}
            assert block.text.splitlines()[-1].count("|") == 1


@pytest.mark.parametrize("block", of_kind("haproxy"), ids=str)
def test_haproxys_lines_are_in_the_file_that_is_shipped(block: Block) -> None:
    shipped = [line.strip() for line in (ROOT / "etc/haproxy/portero.cfg").read_text().splitlines()]
    assert [line for line in block.text.splitlines() if line.strip() not in shipped] == []


@pytest.mark.parametrize("block", of_kind("ini"), ids=str)
def test_asterisks_lines_are_in_the_file_that_is_shipped(block: Block) -> None:
    files = (ROOT / "etc/asterisk").glob("manager_*.conf")
    shipped = [line for file in files for line in file.read_text().splitlines()]
    kept = [line.split(";")[0].strip() for line in shipped]
    assert [line for line in block.text.splitlines() if line not in kept] == []


@pytest.mark.parametrize("block", [*of_kind("caddy"), *of_kind("nginx")], ids=str)
def test_the_proxies_lead_to_where_whatsapp_is_listened_for(block: Block) -> None:
    fields = WebhookSettings.model_fields
    assert f"{fields['path'].default} " in block.text
    assert re.search(rf"127\.0\.0\.1:{fields['port'].default}\b", block.text)
