"""The GitHub workflows: they are valid, and run commands that this repository has."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

REPO = Path(__file__).parents[2]
WORKFLOWS = sorted((REPO / ".github/workflows").glob("*.yml"))


def judged(path):
    """Run check-jsonschema on a workflow with its built-in schema; return the finished process."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_are_of_githubs_form(path, tmp_path):
    """Each workflow is valid by GitHub's schema, which refuses a misspelled key."""
    assert 0 == judged(path).returncode, judged(path).stdout
    slip = tmp_path / path.name
    slip.write_text(path.read_text().replace("runs-on:", "run-on:"))

    assert 1 == judged(slip).returncode
    assert "run-on" in judged(slip).stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_say_commands_that_there_are(path):
    """Each `make` target and each file of this repository that a workflow names exists."""
    jobs = YAML(typ="safe").load(path.read_text())["jobs"].values()
    lines = "\n".join(step.get("run", "") for job in jobs for step in job["steps"])

    for target in re.findall(r"^(?:sudo )?(?:[A-Z_]+=\S+ )*make (\S+)", lines, re.MULTILINE):
        subprocess.run(["make", "-n", target], cwd=REPO, check=True, capture_output=True)
    for name in re.findall(r"(?<![\w/.])(?:binder|tests)/[\w./-]+", lines):
        assert (REPO / name).exists(), name
    assert not re.search(r"\$\{\{ *github\.event", lines)  # strangers' text in a script would be run
