"""A machine where nothing of portero is yet, below a folder; and `portero init` run there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from portero.cli import main
from portero.install.answers import Answers, GateAnswers

KEY = "sk-CANARY-1"
ENVIRON = {
    "LC_ALL": "en_US.UTF-8",
    "OPENAI_API_KEY": "",
    "ASTERISK_AMI_PASSWORD": "",
    "PORTERO_CONFIG": "",
    "CREDENTIALS_DIRECTORY": "",
}
FULL = ("--tenant", "robles", "--did", "5550001234", "--guard", "100", "--gate", "none")

# What FreePBX 17 has there (freepbx.md 1): extensions.conf and manager.conf end with these.
EXTENSIONS = (
    "#include extensions_override_freepbx.conf\n"
    "#include extensions_additional.conf\n"
    "#include extensions_custom.conf\n"
)
MANAGER = (
    "[general]\nenabled = yes\n\n[admin]\nsecret = CANARY-admin\n\n"
    "#include manager_additional.conf\n#include manager_custom.conf\n"
)


def answers(
    *, gate: GateAnswers | None = None, language: str = "en", calls_residents: bool = False
) -> Answers:
    """Answers as an installer of one community gives them."""
    return Answers(
        language="es" if language == "es" else "en",
        tenant="robles",
        name="Los Robles",
        extensions=("7000",),
        dids=("+525550001234", "0201"),
        guard="100",
        ami_secret="CANARY-ami-secret",
        api_key=KEY,
        gate=gate,
        calls_residents=calls_residents,
    )


@dataclass(frozen=True)
class NewHouse:
    """The machine: `root` is its root folder."""

    root: Path

    def file(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def read(self, path: str) -> str:
        return self.file(path).read_text()

    def put(self, path: str, text: str | bytes, mode: int = 0o640) -> Path:
        file = self.file(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        file.chmod(mode)
        return file

    def mode(self, path: str) -> int:
        return self.file(path).stat().st_mode & 0o7777

    def init(self, *options: str, typed: str = "", **environ: str) -> Result:
        """`portero init` below this root; without `typed` nobody is there to be asked."""
        asked = () if typed else ("--yes",)
        return CliRunner().invoke(
            main,
            ["init", "--root", str(self.root), *asked, *options],
            input=typed,
            env={**ENVIRON, "OPENAI_API_KEY": KEY, **environ},
        )

    def files(self) -> dict[str, bytes]:
        """All files below the root, by path."""
        found = (file for file in self.root.rglob("*") if file.is_file())
        return {f"/{file.relative_to(self.root)}": file.read_bytes() for file in found}


def make_house(folder: Path) -> NewHouse:
    """A FreePBX machine, as far as `portero init` looks at it."""
    house = NewHouse(folder / "root")
    house.put("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nportero:x:990:991::/:/bin/false\n")
    house.put("/etc/group", "root:x:0:\nportero:x:991:\n")
    house.put("/etc/asterisk/extensions.conf", EXTENSIONS)
    house.put("/etc/asterisk/manager.conf", MANAGER)
    return house
