"""Starts a trial class (`make hub`): one password for any user name.

The hub is on the loopback, and runs all learners as this account. PORT and PASSWORD (else random) may be set.
"""

import os
import pwd
import secrets
import shutil
import socket
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
OWN_PORTS = (8001, 8081)
"""The ports of the proxy's API, which the hub uses, and of the hub's API, which the learners' servers use."""
SHORTEST = 8
"""The least number of characters in a password that JupyterHub accepts."""


def main() -> None:
    """Replace this process by the hub, or exit with a line that says why not."""
    port, password = read_port(), os.environ.get("PASSWORD") or secrets.token_hex(4)
    if os.geteuid() == 0:
        end("`make hub` gives each learner this account, and this is root. Say it as an ordinary user of the machine")
    if len(password) < SHORTEST:
        end(f"this PASSWORD has {len(password)} characters; a class's has at least {SHORTEST}")
    if busy := [str(one) for one in (port, *OWN_PORTS) if is_taken(one)]:
        which = f"{'port' if len(busy) == 1 else 'ports'} {', '.join(busy)}"
        end(f"{which} of 127.0.0.1 are taken; the hub wants {port} (or PORT=), 8001 and 8081. Who has them: ss -ltnp")
    tell(port, password)
    become_the_hub(port, password)


def read_port() -> int:
    """Return PORT, or 8000 if it is not set; exit if it cannot be used."""
    word = os.environ.get("PORT") or "8000"
    if not (word.isdecimal() and 0 < int(word) < 65536) or int(word) in OWN_PORTS:
        end(f"PORT={word} cannot be; a free one from 1024 to 65535 can, but 8001 and 8081, which the hub has itself")
    return int(word)


def is_taken(port: int) -> bool:
    """Return whether a program listens on the port, or this account cannot bind it."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return listener.connect_ex(("127.0.0.1", port)) == 0 or not _binds(port)


def _binds(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def tell(port: int, password: str) -> None:
    """Print what this trial is, and its address and password, before anything starts."""
    print(f"nslab: a trial, no class that is graded: every learner is this machine's one account, {account()}.")
    print(f"nslab: http://127.0.0.1:{port} in some seconds; any name, the password {password}. Ctrl-C ends it.")
    print("nslab: a class in which each has an account: binder/README.md, A class on one machine.", flush=True)


def account() -> str:
    """Return the name of the account that runs this, or its number if it has no name."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"number {os.geteuid()}"


def become_the_hub(port: int, password: str) -> None:
    """Replace this process by JupyterHub, which gets SIGTERM when its parent process, make, ends."""
    folder = Path(os.environ.get("NSLAB_HUB") or REPO / "build/hub")
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    os.environ["PATH"] = f"{sys.prefix}/bin:{os.environ['PATH']}"
    told = {"NSLAB_HUB": str(folder), "NSLAB_BIND": f"http://127.0.0.1:{port}", "NSLAB_CLASS_PASSWORD": password}
    words = [
        sys.executable,
        "-m",
        "jupyterhub",
        "-f",
        str(REPO / "binder/hub/jupyterhub_config.py"),
        "--log-level=WARN",
    ]
    setpriv = shutil.which("setpriv") or end("setpriv is missing: sudo apt-get install util-linux")
    os.execve(setpriv, ["setpriv", "--pdeathsig", "TERM", *words], {**os.environ, **told})


def end(why: str) -> str:
    """Exit with a line that says why there is no hub."""
    sys.exit(f"nslab: {why}.")


if __name__ == "__main__":
    main()
