"""A real JupyterHub on the loopback address, and learners who use it by its API."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import aiohttp

from tests.hosting.accounts import PASSWORD, TEACHER, Account, with_accounts

REPO = Path(__file__).parents[2]
CONFIG = REPO / "binder/hub/jupyterhub_config.py"
TOKEN = uuid4().hex
READY_S, CELL_S, END_S = 300, 600, 600


def free_port() -> int:
    """Return a free TCP port of 127.0.0.1."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def class_folder():
    """Yield a folder for a hub; root's is in /srv, as in the README, because a lab does not hide that."""
    with tempfile.TemporaryDirectory(prefix="nslab-class-", dir="/srv" if os.geteuid() == 0 else "/var/tmp") as folder:
        yield Path(folder)


@contextmanager
def hub(folder: Path, accounts: Sequence[Account] = (), site: Path | None = None, **settings: str):
    """Start a hub with the class's own configuration; yield its URL and its process, and end the hub afterwards.

    Started by root, each learner has an account, in an /etc that no other process sees; otherwise the hub is a trial.
    With a folder of recorded runs, the lab's settings and these pages are installed where only this hub sees them.
    """
    api, inside, url = free_port(), free_port(), f"http://127.0.0.1:{free_port()}"
    more = {"NSLAB_HUB": str(folder), "NSLAB_BIND": url, "NSLAB_HUB_TOKEN": TOKEN, **settings}
    command = [sys.executable, "-m", "jupyterhub", "-f", str(CONFIG), f"--JupyterHub.hub_port={inside}"]
    command += [f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{api}"]
    command += [f"--Spawner.{what}_timeout={READY_S}" for what in ("start", "http")]
    if os.geteuid() == 0:
        command = with_accounts(
            command, [TEACHER, *accounts], folder, settings_over_python(folder, site) if site else []
        )
    else:
        more["NSLAB_CLASS_PASSWORD"] = PASSWORD
    environment = {**os.environ, **more}
    for name in ("NSLAB_LANG", "JPY_SESSION_NAME", "NSLAB_LAB"):
        environment.pop(name, None)
    with (folder / "hub.log").open("w") as log:
        started = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            yield url, started
        finally:
            started.terminate()
            started.wait(END_S)  # the hub first ends each learner's server


def settings_over_python(folder: Path, site: Path) -> list[str]:
    """Return shell commands that install the lab's settings and recorded runs into an overlay of this environment."""
    made, venv = folder / "made", sys.prefix
    return [
        f"mkdir {made}; mount -t tmpfs -o mode=755 none {made}; mkdir {made}/upper {made}/work",
        f"mount -t overlay none -o lowerdir={venv},upperdir={made}/upper,workdir={made}/work {venv}",
        f"{REPO}/binder/settings/install {venv} {site}",
    ]


class Learner:
    """A learner who controls a server of their own by the hub's API."""

    def __init__(self, url: str, name: str, session: aiohttp.ClientSession) -> None:
        self.url, self.name, self.session = url, name, session
        self.server = f"{url}/user/{name}"
        self.ready_s = self.picture_s = 0.0

    async def come(self) -> "Learner":
        """Create the learner's user and server, and wait until the server is ready."""
        began = time.monotonic()
        await self._post(f"{self.url}/hub/api/users/{self.name}")
        await self._post(f"{self.url}/hub/api/users/{self.name}/server")
        while not (await self._get(f"{self.url}/hub/api/users/{self.name}"))["servers"].get("", {}).get("ready"):
            assert time.monotonic() - began < READY_S, f"{self.name} has no server"
            await asyncio.sleep(0.3)
        self.ready_s = time.monotonic() - began
        return self

    async def open(self, path: str) -> "Learner":
        """Start a notebook's kernel and connect to its channels."""
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "nslab"}}
        opened = await self._post(f"{self.server}/api/sessions", body)
        self.kernel = opened["kernel"]["id"]
        self.socket = await self.session.ws_connect(
            f"{self.server}/api/kernels/{self.kernel}/channels".replace("http", "ws", 1), max_msg_size=0
        )
        return self

    async def run(self, code: str) -> tuple[str, dict]:
        """Run a cell; return its status, and everything that it showed by MIME type, stream and error."""
        header = {"msg_id": uuid4().hex, "msg_type": "execute_request", "username": self.name, "session": "s"}
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        message = {"header": header | {"version": "5.3", "date": ""}, "content": content, "channel": "shell"}
        await self.socket.send_str(json.dumps(message | {"parent_header": {}, "metadata": {}, "buffers": []}))
        shown, status, idle = {}, "", False
        while not (status and idle):
            frame = await self.socket.receive(CELL_S)
            assert frame.type == aiohttp.WSMsgType.TEXT, f"{self.name}: {frame} while running {code!r}"
            said = json.loads(frame.data)
            if said["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            kind, content = said["header"]["msg_type"], said["content"]
            shown |= content.get("data", {}) if kind in ("execute_result", "display_data") else {}
            if kind in ("stream", "error"):
                shown[kind] = shown.get(kind, "") + str(content.get("text") or content)
            status = content["status"] if kind == "execute_reply" else status
            idle = idle or content.get("execution_state") == "idle"
        return status, shown

    async def run_notebook(self, path: str, stop_before: str = "") -> list[tuple[str, str, dict]]:
        """Run all cells of a notebook, as "Run All" does; return code, status and output of each cell."""
        began = time.monotonic()
        found = await self._get(f"{self.server}/api/contents/{path}?content=1")
        await self.open(path)
        results = []
        for cell in found["content"]["cells"]:
            if stop_before and cell["source"] == stop_before:
                break
            if cell["cell_type"] == "code":
                results.append((cell["source"], *await self.run(cell["source"])))
                if not self.picture_s and "svg+xml" in results[-1][2].get("text/html", ""):
                    self.picture_s = time.monotonic() - began
        return results

    async def leave(self) -> None:
        """Stop the learner's server."""
        async with self.session.delete(f"{self.url}/hub/api/users/{self.name}/server"):
            pass

    async def _get(self, url: str) -> dict:
        async with self.session.get(url) as answer:
            assert answer.status < 300, (url, answer.status, await answer.text())
            return await answer.json()

    async def _post(self, url: str, body: dict | None = None) -> dict:
        async with self.session.post(url, json=body) as answer:
            assert answer.status < 300, (url, answer.status, await answer.text())
            return await answer.json(content_type=None) if answer.content_length else {}


async def wait_for_hub(session: aiohttp.ClientSession, url: str, process: subprocess.Popen) -> None:
    """Wait until the hub itself answers; until then the proxy in front of it answers 404."""
    for _ in range(READY_S * 5):
        assert process.poll() is None, "the hub ended"
        try:
            async with session.get(f"{url}/hub/api") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.2)
    raise TimeoutError("the hub does not answer")


def session() -> aiohttp.ClientSession:
    """Return an HTTP session with the token of the class's service."""
    return aiohttp.ClientSession(headers={"Authorization": f"token {TOKEN}"}, timeout=aiohttp.ClientTimeout(READY_S))
