"""Configures JupyterHub for a class on one machine.

    NSLAB_HUB=/srv/nslab jupyterhub -f binder/hub/jupyterhub_config.py

Each learner has an account on the machine. JupyterHub starts each learner's JupyterLab as that user: with systemd as a
unit with limits, without systemd as a plain process. In a trial (NSLAB_CLASS_PASSWORD, `make hub`) all share one
account, which is never root. Read binder/README.md first.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tornado.web import HTTPError

sys.path.insert(0, str(Path(__file__).parent))
from accounts import Accounts, person, unknown

c = get_config()  # noqa: F821

home = Path(os.environ.get("NSLAB_HUB", "/srv/nslab"))
notebooks = Path(os.environ.get("NSLAB_NOTEBOOKS", Path(__file__).parents[2] / "notebooks"))
state = home / "state"
state.mkdir(mode=0o700, parents=True, exist_ok=True)  # tokens are in there
environment = Path(sys.prefix)

# The hub listens on the loopback, unless NSLAB_BIND is set: put a web server with TLS in front of it.
c.JupyterHub.bind_url = os.environ.get("NSLAB_BIND", "http://127.0.0.1:8000")
c.JupyterHub.db_url = f"sqlite:///{state}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{state}/cookie_secret"
# No limit (0), since a class logs in all at once: beyond a limit, learners would only get "429 Too Many Requests".
c.JupyterHub.concurrent_spawn_limit = 0
search = f"{environment / 'bin'}:{os.environ['PATH']}"
proxy = shutil.which("configurable-http-proxy", path=search) or sys.exit(
    "nslab: configurable-http-proxy is missing. In a clone of nslab `make hub` installs it; else: npm ci in binder/hub"
)
# Linux sends SIGTERM to these programs when the hub's process ends for any reason (PR_SET_PDEATHSIG, setpriv(1)).
setpriv = shutil.which("setpriv", path=search) or sys.exit("nslab: setpriv is missing: apt-get install util-linux")
with_the_hub = [setpriv, "--pdeathsig", "TERM"]
c.ConfigurableHTTPProxy.command = [*with_the_hub, proxy]
c.ConfigurableHTTPProxy.log_level = "warn"
c.ConfigurableHTTPProxy.pid_file = f"{state}/proxy.pid"
# When its terminal closes, the hub ends as for SIGTERM; JupyterHub by default would leave its processes running.
signal.signal(signal.SIGHUP, lambda number, frame: os.kill(os.getpid(), signal.SIGTERM))

# Who may log in: `all`, or names and @groups. A trial asks for one password, and takes any name.
learners = os.environ.get("NSLAB_LEARNERS", "@nslab")
teachers = os.environ.get("NSLAB_TEACHERS", "@nslab-teachers")
password = os.environ.get("NSLAB_CLASS_PASSWORD")
as_root, systemd = os.geteuid() == 0, Path("/run/systemd/system").is_dir()
if password:
    if as_root:
        sys.exit("nslab: a class with one password runs each learner as this account, and this is root: no class.")
    c.JupyterHub.authenticator_class = "shared-password"
    c.JupyterHub.spawner_class = "simple"
    c.SharedPasswordAuthenticator.user_password = password
    c.Authenticator.allow_all = True
    c.Authenticator.username_pattern = r"\w[\w.@-]*"  # it becomes a folder's name
    c.SimpleLocalProcessSpawner.home_dir_template = f"{home}/learners/{{username}}"
else:
    if not as_root:
        sys.exit(
            "nslab: a class runs each learner's server as the learner, which root alone can; for a trial: make hub"
        )
    if nobody := unknown(f"{learners} {teachers}"):
        sys.exit(
            f"nslab: nobody here is called {', '.join(nobody)}. Make the group (groupadd nslab; usermod -aG nslab "
            "ADA), or say who comes: NSLAB_LEARNERS, NSLAB_TEACHERS, each all, or names and @groups."
        )
    c.JupyterHub.authenticator_class = Accounts
    c.JupyterHub.spawner_class = "systemdspawner.SystemdSpawner" if systemd else "localprocess"
    c.Accounts.learners = learners
    c.Accounts.teachers = teachers
    # The sockets of the learners' kernels are below these folders.
    for folder in (home, home / "run"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)


def runtime_folder(spawner):
    """Return the folder of the sockets of a learner's kernels: a short path, since unix(7) allows 107 characters."""
    return f"{home}/run/{spawner.user.id}"


# What a learner gets: a folder of their own with the notebooks, which use the kernel "NS Lab".
c.Spawner.cmd = [str(environment / "bin/jupyterhub-singleuser")]
c.Spawner.default_url = f"/lab/tree/{os.environ.get('NSLAB_LANG', 'en')}/0-welcome.ipynb"
# The last of fifty who start at once waits for 80 s on two cores, and for minutes on slower or busy ones. The hub gives
# up a server that ended before it answered only after this time. For more: jupyterhub ... --Spawner.http_timeout=900
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
c.Spawner.environment = {"PATH": search, "JUPYTER_RUNTIME_DIR": runtime_folder}
c.Spawner.args = [
    "--MultiKernelManager.default_kernel_name=nslab",
    # Unix sockets instead of ports: forty servers that look for free ports at once take them from one another, and a
    # kernel whose port is taken never starts. Also, no learner can reach another's kernel.
    "--KernelManager.transport=ipc",
    # A lab that is not used for an hour ends, and its network is lost; a saved `lab_script()` builds it again.
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--MappingKernelManager.cull_interval=300",
]

if password or not systemd:
    c.Spawner.cmd = [*with_the_hub, *c.Spawner.cmd]
c.SystemdSpawner.mem_limit = "1G"  # a server 140 MB, a lab 80 MB, a container engine in it 170 MB, and room
c.SystemdSpawner.cpu_limit = 1.0  # one learner's loop does not slow the class
c.SystemdSpawner.dynamic_users = False
# False: else systemd sets no_new_privs, and newuidmap (a range of users in the lab) cannot work.
c.SystemdSpawner.disable_user_sudo = False
# False: else /dev/net/tun is missing. What keeps learners apart are their accounts and their labs.
c.SystemdSpawner.isolate_devices = False
# A fork bomb stays in its learner's unit; a process that takes too much memory is killed, but not the whole server.
c.SystemdSpawner.unit_extra_properties = {"TasksMax": "512", "OOMPolicy": "continue"}


def prepare(spawner):
    """Make the folder for the sockets of a learner's kernels and, at the first start, a copy of the notebooks."""
    folder = getattr(spawner, "home_dir", None)
    account = None if folder else person(spawner.user.name)
    if not (folder or account):
        raise HTTPError(403, f"{spawner.user.name} is no person's account on this machine.")
    sockets = Path(runtime_folder(spawner))
    sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account:
        os.chown(sockets, account.pw_uid, account.pw_gid)
    else:
        Path(folder).mkdir(parents=True, exist_ok=True)
    # Run as the learner: root would follow any symbolic link in the learner's folder, and write where it leads.
    by = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    for language in ("en", "zh"):
        target = Path(folder or account.pw_dir, language)
        # Renamed only when complete: a copy that a full disk or a quota has cut off begins anew at the next start.
        part = target.with_name(f".{language}.part")
        if not target.exists():
            for command in (["rm", "-rf", part], ["cp", "-R", notebooks / language, part], ["mv", part, target]):
                done = subprocess.run(command, capture_output=True, text=True, check=False, **by)
                if done.returncode:
                    raise HTTPError(500, f"The lessons cannot be put into {target.parent}. {done.stderr.strip()}")


c.Spawner.pre_spawn_hook = prepare

# A server that is not used for an hour ends, to free memory; saved files stay.
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [
            *with_the_hub,
            sys.executable,
            "-m",
            "jupyterhub_idle_culler",
            "--timeout=3600",
            "--cull-every=300",
        ],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
# A program with this token may control the hub as a teacher does: the tests and the bench use it.
if token := os.environ.get("NSLAB_HUB_TOKEN"):
    c.JupyterHub.services.append({"name": "class", "api_token": token})
    c.JupyterHub.load_roles.append(
        {"name": "class", "scopes": ["admin:users", "admin:servers", "access:servers"], "services": ["class"]}
    )
