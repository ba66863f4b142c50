"""A class for a trial (`make hub`): a hub on loopback, any name, one password, all learners this one account.

PORT and PASSWORD are read from the environment; a password is made up where none is given.
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
"""Where the proxy hears the hub, and the hub the learners' servers."""
SHORTEST = 8
"""Characters of a password; JupyterHub takes no shorter one."""


def main() -> None:
    """Become the hub, or say in one line why not."""
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
    """Return the port that is asked for."""
    word = os.environ.get("PORT") or "8000"
    if not (word.isdecimal() and 0 < int(word) < 65536) or int(word) in OWN_PORTS:
        end(f"PORT={word} cannot be; a free one from 1024 to 65535 can, but 8001 and 8081, which the hub has itself")
    return int(word)


def is_taken(port: int) -> bool:
    """Return whether somebody listens there, or this account may not."""
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
    """Say what this is, before anything starts."""
    print(f"nslab: a trial, no class that is graded: every learner is this machine's one account, {account()}.")
    print(f"nslab: http://127.0.0.1:{port} in some seconds; any name, the password {password}. Ctrl-C ends it.")
    print("nslab: a class in which each has an account: binder/README.md, A class on one machine.", flush=True)


def account() -> str:
    """Return the name of who runs this."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"number {os.geteuid()}"


def become_the_hub(port: int, password: str) -> None:
    """Start JupyterHub in the place of this process; it ends with the one that started it, which is make."""
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
    """Say why there is no hub."""
    sys.exit(f"nslab: {why}.")


if __name__ == "__main__":
    main()
