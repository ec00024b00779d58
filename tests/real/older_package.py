"""A package as one of an older portero would be: made of the present one, with what has changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "0.0.9"
LEFT_OUT = "portero/registry/migrations/versions/0003_*.py*"
"""What the older one did not know: its database is one step behind."""
GONE = ("portero/gone.py", "oldlibrary/__init__.py", "oldlibrary-1.0.dist-info/METADATA")
"""What the newer one has no more."""
UNIT_LINE = "Environment=PORTERO_OLDER=1"
SITE = "opt/venvs/portero/lib/python3.11/site-packages"


def make_older(package: Path, folder: Path) -> Path:
    """The older one of this package, in `folder`."""
    tree = folder / "older"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    site = tree / SITE
    for path in (site / "portero" / "registry" / "migrations" / "versions").rglob("0003_*"):
        path.unlink()
    for name in GONE:
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text("# of another time\n")
    _replace(site / "portero" / "__init__.py", f'"{version_of(package)}"', f'"{VERSION}"')
    compiling = ("compileall", "-qf", "--invalidation-mode", "checked-hash", "-s", tree)
    subprocess.run([sys.executable, "-m", *compiling, site / "portero"], check=True)
    for unit in tree.rglob("portero.service"):  # the package's, and that which `init` compares
        _replace(unit, "[Service]\n", f"[Service]\n{UNIT_LINE}\n")
    _replace(tree / "DEBIAN" / "control", f"Version: {version_of(package)}", f"Version: {VERSION}")
    (tree / "DEBIAN" / "md5sums").unlink()
    made = folder / f"portero_{VERSION}_amd64.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, made],
        check=True,
        capture_output=True,
    )
    shutil.rmtree(tree)
    return made


def version_of(package: Path) -> str:
    """The version that its control file has."""
    command = ["dpkg-deb", "--field", package, "Version"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1, (file, old)
    file.write_text(text.replace(old, new))
