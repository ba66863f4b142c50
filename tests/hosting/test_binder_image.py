"""The image as a Binder host makes it: Docker builds repo2docker's own Dockerfile, and the image is opened.

Two things differ, because their hosts are not asked here: the base image, buildpack-deps, is made of Debian's packages,
and the step that installs conda's environment uses Debian's Python.
Runs by `make test-binder`; it installs from the registries of Debian and Python.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosting.docker import REPO, Opened, daemon, forget

pytestmark = pytest.mark.skipif(not os.environ.get("NSLAB_BINDER"), reason="minutes (make test-binder)")
CERTIFICATES = os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
PACKAGES = "ca-certificates,curl,wget,git,procps,netbase,tzdata,python3,python3-venv,docker-cli"
"""Those packages of buildpack-deps that are used, a Python instead of conda's, and Docker's client."""
CONDA = "RUN TIMEFORMAT='time: %3R' \\\nbash -c 'time /tmp/install-base-env.bash' && \\\n"
CONDA += "rm -rf /tmp/install-base-env.bash /tmp/env\n"
DEBIANS = """RUN python3 -m venv ${NB_PYTHON_PREFIX} && mkdir ${CONDA_DIR}/bin
RUN ln -s /bin/true /usr/local/bin/micromamba
RUN printf '#!/bin/sh\\necho "mamba() { PATH=${NB_PYTHON_PREFIX}/bin:\\\\$PATH; }"\\n' >${CONDA_DIR}/bin/mamba
RUN chmod 755 ${CONDA_DIR}/bin/mamba && chown -R ${NB_USER}:${NB_USER} ${CONDA_DIR}
"""
"""Replaces conda's environment; a login shell finds the Python by a stand-in for mamba, as it finds conda's."""
CLIENT = f"""#!{sys.executable}
import os, sys
from pathlib import Path
words = sys.argv[1:]
if words[:2] == ["buildx", "build"]:
    words[2:2] = ["--network=host"]  # where the registries are
    dockerfile = Path(words[-1], "Dockerfile")
    before, step, after = dockerfile.read_text().partition({CONDA!r})
    assert step
    dockerfile.write_text(before + {DEBIANS!r} + after)
os.execv({shutil.which("docker")!r}, ["docker", *words])
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Yield the folder of a daemon that has the image, and the output of the build."""
    own, folder = tmp_path_factory.mktemp("base"), tmp_path_factory.mktemp("docker")
    certificates = f'cp {CERTIFICATES} "$1/etc/ssl/certs/ca-certificates.crt"'
    make = ["unshare", "--mount", "mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", f"--include={PACKAGES}"]
    subprocess.run([*make, f"--customize-hook={certificates}", "trixie", own / "base.tar"], check=True)
    (own / "docker").write_text(CLIENT)
    (own / "docker").chmod(0o755)
    path = f"{own}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    try:
        with daemon(folder, own_network=False) as docker:
            lines = ["ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
            lines += ["ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt"]
            changes = [word for line in lines for word in ("--change", line)]
            docker("import", *changes, str(own / "base.tar"), "buildpack-deps:24.04")
            done = subprocess.run(
                [REPO / "binder/image", "binder"], env=docker.environment | {"PATH": path},
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )  # fmt: skip
        assert 0 == done.returncode, done.stdout[-3000:]
        yield folder, done.stdout
    finally:
        forget(folder)


@pytest.fixture(scope="module")
def docker(built):
    """Yield a client of a daemon with the same image whose containers have ports."""
    with daemon(built[0]) as client:
        yield client


def test_each_line_of_the_dockerfile_was_built(built):
    """Docker ran every step of the Dockerfile."""
    steps = re.findall(r"\[ *(\d+)/(\d+)\] (\w+)", built[1])

    last = int(steps[0][1])
    assert 20 < last
    assert set(range(1, last + 1)) == {int(number) for number, _, _ in steps}


def test_it_opens_lesson_0_and_the_lesson_runs(docker):
    """With the rights of `binder/image run` the lab is whole, and a learner finds the lessons and nothing else."""
    opened = Opened(docker, "nslab-binder", 9000)
    inside = ("exec", "--workdir", "/home/jovyan/notebooks", opened.name)
    doctor = docker(*inside, "nslab", "doctor", check=False)
    ran = docker(*inside, "jupyter", "execute", "--kernel_name=nslab", "en/3-by-hand.ipynb", check=False)
    who, found = docker(*inside, "id", "-un").stdout, docker(*inside, "ls").stdout
    opened.end()

    assert "<title>JupyterLab</title>" in opened.page
    assert 0 == doctor.returncode, doctor.stdout
    assert 0 == ran.returncode, ran.stderr[-2000:]
    assert "jovyan\n" == who
    assert ["en", "zh"] == found.split()
