"""An image contains the lab and its lessons and no other file of the clone, and the built image is the one run.

repo2docker is real. Docker's client is a stand-in that records its arguments, so no registry is asked.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
SECRETS = (
    ".env",
    "build/hub/state/cookie_secret",
    "build/hub/learners/ada/en/mine.ipynb",
    "binder/hub/id_ed25519",
    "nslab_kernel/token.txt",
    "notebooks/en/mine.ipynb",
    "notebooks/en/.ipynb_checkpoints/mine.ipynb",
)
FOR_WRITERS = ("build.py", "STYLE.md", "TERMS.md", "source")
DOCKER = f"""#!{sys.executable}
import json, os, sys
from pathlib import Path
words, place = sys.argv[1:], Path(os.environ["TOLD"])
context = Path(words[-1]) if words[:2] == ["buildx", "build"] else place / "none"
found = [str(path.relative_to(context)) for path in context.rglob("*")]
with place.open("a") as told:
    told.write(json.dumps([words, found]) + "\\n")
print(json.dumps(dict(Server="stand-in")))
if found and os.environ.get("NO_REGISTRY"):
    sys.exit(1)
sys.exit(words[:2] == ["image", "inspect"])  # there is none of that name
"""


@pytest.fixture
def clone(tmp_path):
    """Return a clone with secrets in it as after running a hub, and with this tree's binder/."""
    place = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", REPO, place], check=True)
    shutil.rmtree(place / "binder")
    shutil.copytree(REPO / "binder", place / "binder", ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    subprocess.run(["git", "add", "--intent-to-add", "binder"], cwd=place, check=True)
    for name in SECRETS:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("secret")
    (place / "site").mkdir()
    (place / "site/index.html").write_text("a recorded run")
    return place


@pytest.fixture
def told(clone, tmp_path, monkeypatch):
    """Return a function that runs `binder/image` and returns its output and the stand-in's calls."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text(DOCKER)
    (tmp_path / "bin/docker").chmod(0o755)
    path = f"{tmp_path}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"

    def run(*words, status=0, **more):
        place = tmp_path / "told"
        place.unlink(missing_ok=True)
        environment = {**os.environ, "PATH": path, "TOLD": str(place), **more}
        done = subprocess.run(
            [clone / "binder/image", *words], env=environment, capture_output=True, text=True, check=False
        )  # fmt: skip
        assert status == done.returncode, done.stderr[-3000:]
        return done.stdout + done.stderr, [json.loads(line) for line in place.read_text().splitlines()]

    return run


def is_clean(names):
    found = set(names)
    return not [name for name in SECRETS if name in found] and not any("mine" in name for name in found)


def test_the_archive_has_the_lab_and_no_secret(clone, tmp_path):
    """The archive has the lab's tracked files and the recorded runs, but no untracked file and nothing for authors."""
    subprocess.run([clone / "binder/files", tmp_path / "lab.tar"], check=True)
    with tarfile.open(tmp_path / "lab.tar") as archive:
        names = archive.getnames()

    assert {"nslab_kernel/cli.py", "binder/start", "notebooks/zh/3-by-hand.ipynb", "site/index.html"} <= set(names)
    assert is_clean(names)
    assert not [name for name in names if name.startswith(("build", "tests", "notebooks/source"))]
    assert not {f"notebooks/{name}" for name in FOR_WRITERS} & set(names)


def test_binder_builds_what_it_runs(told):
    """Build and run use one name, the image is loaded into Docker, and an older image of that name is removed first."""
    _, built = told("binder")
    words, context = next(one for one in built if one[0][:2] == ["buildx", "build"])
    _, ran = told("run", "nslab-binder")

    assert "--load" in words
    assert "nslab-binder" == words[words.index("--tag") + 1]
    assert ["image", "rm", "--force", "nslab-binder"] in [one[0] for one in built]
    opened = ran[-1][0]
    assert "nslab-binder" == opened[opened.index("jupyter") - 1]
    assert {"src/binder/postBuild", "src/notebooks/en/0-welcome.ipynb", "src/site/index.html"} <= set(context)
    assert is_clean(name.removeprefix("src/") for name in context)


def test_a_registry_that_does_not_answer_is_named(told):
    """If the registry does not answer, the last line names the registry."""
    said, _ = told("binder", status=1, NO_REGISTRY="yes")

    assert "registry-1.docker.io" in said.splitlines()[-1]


@pytest.mark.parametrize(("image", "home"), [("nslab", "learner"), ("nslab-binder", "jovyan")])
def test_it_opens_lesson_0_and_says_where(told, image, home):
    """It uses the given port, opens the lesson, and names the volume that keeps saved files, at start and end."""
    said, ran = told("run", image, PORT="9000", NSLAB_LANG="zh")
    words = ran[-1][0]

    assert "127.0.0.1:9000:8888" in words
    assert "nslab: http://127.0.0.1:9000/lab/tree/zh/0-welcome.ipynb?token=" in said
    assert "--LabApp.default_url=/lab/tree/zh/0-welcome.ipynb" in words
    assert f"{image}-notebooks:/home/{home}/notebooks" in words
    assert f"kept in Docker's volume {image}-notebooks" in said.splitlines()[0]
    assert f"docker volume rm {image}-notebooks" in said.splitlines()[-1]
