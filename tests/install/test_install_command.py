"""`portero init`, as an installer runs it: what is asked, shown, written, and what never is."""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from newhouse import FULL, KEY, NewHouse

from portero.cli import main
from portero.config import load
from portero.install import files
from portero.limits import AMI_SECRET_BYTES, AMI_SECRET_CHARACTERS_MIN
from portero.registry import Registry

WRITTEN = {
    "/etc/portero/config.yaml": 0o640,
    "/etc/portero/portero.schema.json": 0o644,
    "/etc/portero/credentials/ami-secret": 0o600,
    "/etc/portero/credentials/openai-api-key": 0o600,
    "/etc/asterisk/extensions_custom.conf": 0o640,
    "/etc/asterisk/manager_custom.conf": 0o640,
    "/etc/systemd/system/portero.service": 0o644,
    "/etc/sysusers.d/portero.conf": 0o644,
    "/var/lib/portero/portero.db": 0o640,
}


def test_it_writes_everything_that_is_needed(house: NewHouse) -> None:
    before = house.files()
    result = house.init(*FULL)
    assert result.exit_code == 0, result.output
    assert house.files().keys() - before.keys() == WRITTEN.keys()
    assert {path: house.mode(path) for path in WRITTEN} == WRITTEN
    assert house.mode("/etc/portero") == 0o750
    assert house.mode("/etc/portero/credentials") == 0o700
    assert house.mode("/var/lib/portero") == 0o750
    assert house.mode("/var/cache/portero") == 0o711  # Asterisk opens what it is told of
    assert {path: house.files()[path] for path in before} == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_only_root_and_portero_can_read_it(house: NewHouse) -> None:
    os.chown(house.file("/etc/asterisk"), 995, 994)
    house.init(*FULL)
    owners = {
        path: (house.file(path).stat().st_uid, house.file(path).stat().st_gid)
        for path in (*WRITTEN, "/etc/portero", "/etc/portero/credentials")
    }
    assert owners["/etc/portero"] == owners["/etc/portero/config.yaml"] == (0, 991)
    assert owners["/etc/portero/credentials"] == (0, 0)
    assert owners["/etc/portero/credentials/ami-secret"] == (0, 0)
    assert owners["/etc/asterisk/manager_custom.conf"] == (995, 994)
    assert owners["/etc/systemd/system/portero.service"] == (0, 0)
    assert owners["/var/lib/portero/portero.db"] == (990, 991)


def test_the_database_that_it_makes_is_one(house: NewHouse) -> None:
    """And one that is there stays as it is."""
    house.init(*FULL)
    registry = Registry(f"sqlite:///{house.file('/var/lib/portero/portero.db')}")
    registry.upgrade()
    registry.close()
    before = house.files()
    house.init(*FULL)
    assert house.files() == before


def test_the_secret_of_asterisk_and_of_portero_is_the_same_and_made_up(house: NewHouse) -> None:
    result = house.init(*FULL)
    secret = house.read("/etc/portero/credentials/ami-secret").strip()
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", secret)
    assert len(urlsafe_b64decode(secret)) == AMI_SECRET_BYTES
    assert f"\nsecret = {secret}\n" in house.read("/etc/asterisk/manager_custom.conf")
    assert secret not in result.output
    assert KEY not in result.output
    for path, content in house.files().items():
        assert (KEY.encode() in content) == path.endswith("/openai-api-key")


def test_a_second_run_changes_nothing(house: NewHouse) -> None:
    house.init(*FULL)
    before = house.files()
    result = house.init(*FULL, OPENAI_API_KEY="")
    assert result.exit_code == 0, result.output
    assert house.files() == before
    assert "written:" not in result.output


def test_what_it_wrote_passes_the_check(house: NewHouse) -> None:
    result = house.init(*FULL)
    loaded = load(house.file("/etc/portero/config.yaml"), {"LANG": "en"})
    assert loaded.settings.tenants[0].id == "robles"
    assert "The settings are fine." in result.output


@pytest.mark.parametrize(
    ("language", "steps"),
    [
        (
            "en",
            ["Target = portero,s,1(robles); Return = Yes", "Inbound Routes", "Run: portero doc"],
        ),
        (
            "es",
            ["Return = Yes; Destination = el guardia", "Inbound Routes", "Ejecute: portero doc"],
        ),
    ],
)
def test_it_says_what_remains(house: NewHouse, language: str, steps: list[str]) -> None:
    output = house.init(*FULL, LC_ALL=language).output
    places = [output.index(step) for step in steps]
    assert places == sorted(places)
    assert "asterisk -rx 'dialplan reload'" in output
    assert "asterisk -rx 'manager reload'" in output
    assert "systemctl enable --now portero" in output


def test_a_dry_run_shows_all_but_secrets_and_writes_nothing(house: NewHouse) -> None:
    before = house.files()
    result = house.init(*FULL, "--dry-run")
    assert result.exit_code == 0, result.output
    assert house.files() == before
    assert not house.file("/etc/portero").exists()
    for path in WRITTEN:
        assert path in result.output or path.endswith(".db")
    assert "+  - id: robles" in result.output
    assert "+secret = ********" in result.output
    assert "CANARY" not in result.output
    assert "Nothing was written" in result.output


def test_others_lines_stay_and_their_secrets_are_not_shown(house: NewHouse) -> None:
    mine = b"; Se\xf1or Ib\xe1\xf1ez\r\n[tecnico]\r\nsecret = CANARY-other\r\nread = all\r\n"
    house.put("/etc/asterisk/manager_custom.conf", mine, 0o600)
    dry = house.init(*FULL, "--dry-run")
    assert "read = all" in dry.output
    assert "CANARY" not in dry.output
    assert house.init(*FULL).exit_code == 0
    file = house.file("/etc/asterisk/manager_custom.conf")
    assert file.read_bytes().startswith(mine)
    assert file.stat().st_mode & 0o777 == 0o600


def test_yes_overwrites_nothing_that_was_changed(house: NewHouse) -> None:
    house.init(*FULL)
    settings = house.read("/etc/portero/config.yaml")
    house.put("/etc/portero/config.yaml", settings.replace("# max_calls: 100 ", "max_calls: 7 "))
    before = house.files()
    result = house.init(*FULL, "--guard", "101")
    assert result.exit_code == 1
    assert "-  max_calls: 7 " in result.output
    assert "does not overwrite it without --overwrite" in result.output
    assert house.files() == before
    assert house.init(*FULL, "--guard", "101", "--overwrite").exit_code == 0
    assert "extension: 101" in house.read("/etc/portero/config.yaml")
    assert "max_calls: 7 " not in house.read("/etc/portero/config.yaml")


def test_a_changed_block_is_not_overwritten_unseen(house: NewHouse) -> None:
    house.init(*FULL)
    dialplan = house.read("/etc/asterisk/extensions_custom.conf")
    house.put("/etc/asterisk/extensions_custom.conf", dialplan.replace("a visitor", "my change"))
    result = house.init(*FULL)
    assert result.exit_code == 1
    assert "my change" in result.output
    assert "my change" in house.read("/etc/asterisk/extensions_custom.conf")


def test_another_key_does_not_replace_the_old_one_without_a_word(house: NewHouse) -> None:
    house.init(*FULL)
    result = house.init(*FULL, OPENAI_API_KEY="sk-CANARY-2")
    assert result.exit_code == 1
    assert "credentials/openai-api-key" in result.output
    assert "CANARY" not in result.output
    assert house.read("/etc/portero/credentials/openai-api-key") == f"{KEY}\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--tenant", "Los Robles"), "--tenant: Los Robles: only small letters"),
        (("--guard", "1,2"), "--guard: 1,2: an extension has only"),
        (("--guard-context", "a b"), "--guard-context: a b: a context has only"),
        (("--did", "55 50"), "--did: 55 50: an extension has only"),
        (("--gate", "hikvision", "--gate-url", "192.0.2.1"), "--gate-url: must begin with http"),
        (
            ("--gate", "hikvision", "--gate-url", "https://192.0.2.1/ISAPI"),
            "--gate-url: takes only the address of the device",
        ),
        (("--gate", "hikvision", "--gate-url", "https://h"), "--gate-secret-file: this is missing"),
        (("--gate", "asterisk"), "--gate-extension: this is missing"),
        (("--target", "etc"), "--target: etc must be a whole path"),
        (("--openai-key-file", "/no/such"), "--openai-key-file: can't read /no/such (No such file"),
    ],
)
def test_a_wrong_answer_is_told_and_nothing_written(
    house: NewHouse, options: tuple[str, ...], says: str
) -> None:
    before = house.files()
    result = house.init(*FULL, *options)
    assert result.exit_code == 1
    assert says in result.output
    assert "Traceback" not in result.output
    assert house.files() == before


def test_all_that_is_missing_is_told_at_once(house: NewHouse) -> None:
    result = house.init(OPENAI_API_KEY="")
    told = [line.partition(": ")[0] for line in result.output.splitlines()]
    assert told == ["--tenant", "--extension, --did", "--guard", "--openai-key-file"]
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("language", "says"), [("en", "the key has quotes, spaces"), ("es", "la clave lleva comillas")]
)
@pytest.mark.parametrize("key", ['"sk-CANARY"', "sk-CANARY x", "sk-CANARY\nsk-2", "«sk-CANARY»"])
def test_a_key_that_is_typed_wrong_is_told_and_not_shown(
    house: NewHouse, tmp_path: Path, key: str, language: str, says: str
) -> None:
    file = tmp_path / "key"
    file.write_text(key)
    result = house.init(*FULL, "--openai-key-file", str(file), LC_ALL=language)
    assert result.exit_code == 1
    assert says in result.output
    assert "CANARY" not in result.output


def test_a_key_of_another_kind_is_doubted(house: NewHouse) -> None:
    result = house.init(*FULL, OPENAI_API_KEY="org-CANARY")
    assert result.exit_code == 0
    assert "OpenAI's keys begin with sk-" in result.output


@pytest.mark.parametrize("length", [AMI_SECRET_CHARACTERS_MIN - 1, AMI_SECRET_CHARACTERS_MIN])
def test_a_secret_is_long_enough(house: NewHouse, length: int) -> None:
    result = house.init(*FULL, ASTERISK_AMI_PASSWORD="x" * length)
    assert result.exit_code == (length < AMI_SECRET_CHARACTERS_MIN), result.output


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("short", "12 characters or more"),
        ("has;semicolon-in-it", "takes only letters"),
        ("contraseña-larga", "takes only letters"),
        ("two words are two", "takes only letters"),
    ],
)
def test_a_secret_that_manager_conf_can_not_hold_is_refused(
    house: NewHouse, secret: str, says: str
) -> None:
    result = house.init(*FULL, ASTERISK_AMI_PASSWORD=secret)
    assert result.exit_code == 1
    assert says in result.output
    assert secret not in result.output


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("manager_custom.conf", "; portero begin\n", "manager_custom.conf:1: the marks"),
        ("manager_custom.conf", "a\n[portero]\n", "manager_custom.conf:2: [portero] is there"),
        ("manager_additional.conf", "[portero]\n", "manager_additional.conf:1: [portero] is"),
        (
            "extensions_custom.conf",
            "#include extensions_portero.conf\n",
            "extensions_custom.conf:1: [portero] is there",
        ),
    ],
)
def test_what_is_in_the_way_is_told_with_file_and_line(
    house: NewHouse, path: str, text: str, says: str
) -> None:
    house.put(f"/etc/asterisk/{path}", text)
    before = house.files()
    result = house.init(*FULL)
    assert result.exit_code == 1
    assert says in result.output
    assert house.files() == before


def test_a_file_that_asterisk_does_not_read_is_a_warning(house: NewHouse) -> None:
    house.put("/etc/asterisk/extensions.conf", "[default]\n")
    result = house.init(*FULL)
    assert result.exit_code == 0
    assert "extensions.conf does not include extensions_custom.conf" in result.output
    assert "#include extensions_custom.conf" in result.output
    assert "manager.conf does not" not in result.output


@pytest.mark.parametrize(
    ("language", "says"), [("en", "there is no folder /nowhere"), ("es", "no existe la carpeta")]
)
def test_no_asterisk_at_all(house: NewHouse, language: str, says: str) -> None:
    result = house.init(*FULL, "--asterisk", "/nowhere", LC_ALL=language)
    assert result.exit_code == 1
    assert says in result.output
    assert "--asterisk" in result.output
    assert not house.file("/etc/portero").exists()


def test_a_manager_file_that_all_can_read_is_a_warning(house: NewHouse) -> None:
    house.put("/etc/asterisk/manager_custom.conf", "; mine\n", 0o644)
    result = house.init(*FULL)
    assert "run: chmod o-r /etc/asterisk/manager_custom.conf" in result.output
    assert house.mode("/etc/asterisk/manager_custom.conf") == 0o644


def test_a_full_disk_leaves_the_old_file(house: NewHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house.put("/etc/asterisk/extensions_custom.conf", "[mine]\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    result = house.init(*FULL)
    assert result.exit_code == 1
    assert "(No space left on device)" in result.output
    assert "Traceback" not in result.output
    assert house.read("/etc/asterisk/extensions_custom.conf") == "[mine]\n"
    assert [file for file in house.files() if "/." in file] == []


def test_root_writes_through_no_link(house: NewHouse, tmp_path: Path) -> None:
    """Asterisk's folder is asterisk's: a link in it may lead to any file of root's."""
    real = tmp_path / "shadow"
    real.write_text("root:*\n")
    house.file("/etc/asterisk/extensions_custom.conf").symlink_to(real)
    result = house.init(*FULL)
    assert result.exit_code == 1
    assert "extensions_custom.conf is a link" in result.output
    assert real.read_text() == "root:*\n"
    assert not house.file("/etc/portero").exists()


def test_the_package_s_unit_is_enough(house: NewHouse) -> None:
    house.init(*FULL)
    unit = house.file("/etc/systemd/system/portero.service")
    packaged = house.put("/lib/systemd/system/portero.service", unit.read_text(), 0o644)
    unit.unlink()
    house.file("/etc/sysusers.d/portero.conf").unlink()
    assert house.init(*FULL).exit_code == 0
    assert not unit.exists()
    packaged.write_text("[Service]\nExecStart=/bin/true\n")
    assert house.init(*FULL).exit_code == 0
    assert unit.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="root lends itself the rights of nobody")
@pytest.mark.parametrize(
    ("language", "says"), [("en", "run the command with sudo"), ("es", "el comando con sudo")]
)
@pytest.mark.parametrize("closed", ["/etc/asterisk", "/etc", "/etc/asterisk/manager_custom.conf"])
def test_who_is_not_root_is_told_so(house: NewHouse, language: str, says: str, closed: str) -> None:
    house.put("/etc/asterisk/manager_custom.conf", "", 0o644)
    for folder in (house.root, *house.root.parents):
        if folder.stat().st_uid == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    for file in house.root.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)
    house.file(closed).chmod(0o600)
    os.seteuid(65534)
    try:
        result = house.init(*FULL, LC_ALL=language)
    finally:
        os.seteuid(0)
    assert result.exit_code == 1, result.output
    assert "Permission denied" in result.output
    assert says in result.output
    assert not house.file("/etc/portero").exists()


# -- only Asterisk's files


def test_snippets_follow_the_settings_and_touch_nothing_else(house: NewHouse) -> None:
    house.init(*FULL)
    settings = house.read("/etc/portero/config.yaml")
    settings = settings.replace("# port: 4574 ", "port: 4600 ").replace(
        "      # chain:  ", "      chain: [{by: call}] #"
    )
    house.put("/etc/portero/config.yaml", settings)
    before = house.files()
    refused = house.init("--snippets")
    assert refused.exit_code == 1
    assert "-write = call,reporting" in refused.output
    assert house.files() == before
    done = house.init("--snippets", "--overwrite")
    assert done.exit_code == 0, done.output
    changed = {path for path, content in house.files().items() if content != before[path]}
    assert changed == {f"/etc/asterisk/{it}_custom.conf" for it in ("extensions", "manager")}
    assert "agi://127.0.0.1:4600/portero)" in house.read("/etc/asterisk/extensions_custom.conf")
    manager = house.read("/etc/asterisk/manager_custom.conf")
    assert "\nwrite = call,reporting,originate\n" in manager
    assert house.read("/etc/portero/credentials/ami-secret").strip() in manager
    assert "asterisk -rx 'manager reload'" in done.output
    assert "What remains" not in house.init("--snippets").output


def test_snippets_need_settings_that_hold(house: NewHouse) -> None:
    house.put("/etc/portero/config.yaml", "media: {leg: rtpp}\n")
    before = house.files()
    result = house.init("--snippets")
    assert result.exit_code == 1
    assert "config.yaml:1:14: media.leg: " in result.output
    assert house.files() == before


# -- asked


def test_questions_have_defaults_and_wrong_answers_are_told_at_once(house: NewHouse) -> None:
    typed = "\n".join(
        [
            *(
                "",
                "Los Robles",
                "Los Robles",
                "robles",
            ),  # name (nothing, right), tenant (wrong, right)
            *("7000, 7001", ""),  # extension, DID
            *("", "100", ""),  # guard (nothing, right), context
            "y",  # phone the residents
            *("dtmf", "", "", "12x", "00*"),  # gate, its id and name, digits (wrong, right)
            *("", '"sk-CANARY"', "sk-CANARY"),  # key (nothing, wrong, right)
            "",  # AMI secret: made up
            "",  # write
        ]
    )
    result = house.init(typed=f"{typed}\n", OPENAI_API_KEY="")
    assert result.exit_code == 0, result.output
    assert "CANARY" not in result.output
    assert "Los Robles: only small letters" in result.output
    assert "the key has quotes" in result.output
    assert result.output.count("this is missing") == 3
    assert "small letters, digits, - _) [los-robles]" in result.output
    (tenant,) = load(house.file("/etc/portero/config.yaml"), {"LANG": "en"}).settings.tenants
    assert (tenant.id, tenant.name, tenant.extensions) == ("robles", "Los Robles", ("7000", "7001"))
    assert tenant.gates["main_gate"].digits.get_secret_value() == "00*"
    assert len(tenant.notify.chain) == 2
    assert "\nwrite = call,reporting,originate\n" in house.read("/etc/asterisk/manager_custom.conf")


@pytest.mark.parametrize(
    ("driver", "typed", "asked"),
    [
        ("hikvision", ("https://h", "", "", "s3cret"), {"Address of the device", "That user's"}),
        ("dtmf", ("00*",), {"Tones that open it"}),
        ("webhook", ("http://h/relay/1", ""), {"Address that opens it", "Authorization header"}),
        ("backend", ("http://h/", ""), {"Address of your system", "Token of the Backend API"}),
        ("asterisk", ("700", ""), {"Extension that opens the gate"}),
    ],
)
def test_a_gate_is_asked_for_in_its_own_words(
    house: NewHouse, driver: str, typed: tuple[str, ...], asked: set[str]
) -> None:
    known = ("--name", "Los Robles", "--guard-context", "from-internal", "--no-call-residents")
    gate = ("--gate", driver, "--gate-id", "main_gate", "--gate-name", "Main entrance")
    answers = "\n".join((*typed, "", "", ""))  # and the AMI secret, and what is written
    result = house.init(*FULL, *known, *gate, typed=answers)
    assert result.exit_code == 0, result.output
    words = ("Address of the device", "Address that opens it", "Address of your system")
    words += ("That user's", "Tones that open it", "Authorization header")
    words += ("Token of the Backend API", "Extension that opens the gate")
    assert {word for word in words if word in result.output} == asked


def test_a_no_writes_nothing(house: NewHouse) -> None:
    before = house.files()
    result = house.init(*FULL, "--no-call-residents", typed="\n\n\nn\n")
    assert result.exit_code == 1
    assert "Nothing was written" in result.output
    assert house.files() == before


def test_a_file_that_changed_is_shown_and_asked_for_by_itself(house: NewHouse) -> None:
    house.init(*FULL)
    options = ("--name", "Otro", "--guard-context", "x", "--did", "1", "--no-call-residents")
    before = house.files()
    kept = house.init(*FULL, *options, typed="\n")  # what would lose lines is not what is usual
    assert "Write /etc/portero/config.yaml?" in kept.output
    assert '+    name: "Otro"' in kept.output
    assert house.files() == before
    assert house.init(*FULL, *options, typed="y\n").exit_code == 0
    assert 'name: "Otro"' in house.read("/etc/portero/config.yaml")


def test_help_has_an_example_and_says_where_secrets_come_from() -> None:
    from click.testing import CliRunner

    shown = CliRunner().invoke(main, ["init", "--help"]).output
    assert "portero init --yes" in shown
    assert "$OPENAI_API_KEY" in shown
