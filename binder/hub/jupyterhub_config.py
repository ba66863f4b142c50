"""A class on one machine: JupyterHub starts each learner's JupyterLab as a process of his own.

    NSLAB_HUB=/srv/nslab jupyterhub -f binder/hub/jupyterhub_config.py

JupyterHub is the engine; this file only says what a class about networks wants. Each learner has an account on the
machine, and his server is his own: on a machine with systemd a unit with limits, without it a plain process. A trial
(NSLAB_CLASS_PASSWORD, `make hub`) has one account for all, which is never root. Read binder/README.md first.
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

# Nothing listens beyond this machine, unless somebody says so: put a web server with TLS before it.
c.JupyterHub.bind_url = os.environ.get("NSLAB_BIND", "http://127.0.0.1:8000")
c.JupyterHub.db_url = f"sqlite:///{state}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{state}/cookie_secret"
# A class comes all at once. Who comes beyond this limit is not put in line, but sent away with "429 Too Many Requests".
c.JupyterHub.concurrent_spawn_limit = 0
search = f"{environment / 'bin'}:{os.environ['PATH']}"
proxy = shutil.which("configurable-http-proxy", path=search) or sys.exit(
    "nslab: configurable-http-proxy is missing. In a clone of nslab `make hub` installs it; else: npm ci in binder/hub"
)
# Linux ends them when the hub's process ends, whatever ended that (PR_SET_PDEATHSIG, setpriv(1)).
setpriv = shutil.which("setpriv", path=search) or sys.exit("nslab: setpriv is missing: apt-get install util-linux")
with_the_hub = [setpriv, "--pdeathsig", "TERM"]
c.ConfigurableHTTPProxy.command = [*with_the_hub, proxy]
c.ConfigurableHTTPProxy.log_level = "warn"
c.ConfigurableHTTPProxy.pid_file = f"{state}/proxy.pid"
# A terminal that is closed ends the hub as a service manager does; JupyterHub itself would leave all behind.
signal.signal(signal.SIGHUP, lambda number, frame: os.kill(os.getpid(), signal.SIGTERM))

# Who may come in: `all`, or names and @groups. A trial asks for one password, and takes any name.
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
    # A learner's kernels listen below these.
    for folder in (home, home / "run"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)


def runtime_folder(spawner):
    """Return where the learner's kernels listen: a short name, since a socket's path has 107 characters at most."""
    return f"{home}/run/{spawner.user.id}"


# What a learner gets: his own folder with the notebooks, and the kernel "NS Lab" in them.
c.Spawner.cmd = [str(environment / "bin/jupyterhub-singleuser")]
c.Spawner.default_url = f"/lab/tree/{os.environ.get('NSLAB_LANG', 'en')}/0-welcome.ipynb"
# The last of fifty at once waits for 80 s on two cores, on slower or busy ones for minutes. Only after this time does
# the hub give up a server that ended before it answered. For more: jupyterhub ... --Spawner.http_timeout=900
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
c.Spawner.environment = {"PATH": search, "JUPYTER_RUNTIME_DIR": runtime_folder}
c.Spawner.args = [
    "--MultiKernelManager.default_kernel_name=nslab",
    # Files, and no ports: forty servers that look for free ports at once take them from one another, and a kernel that
    # finds its port taken never starts. Nor can a learner reach another's kernel.
    "--KernelManager.transport=ipc",
    # A lab that nobody looks at for an hour goes; what was done is gone with it, and is one `lab_script()` away.
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
# A fork bomb stays at home; what takes too much memory is ended, and not the learner's whole server with it.
c.SystemdSpawner.unit_extra_properties = {"TasksMax": "512", "OOMPolicy": "continue"}


def prepare(spawner):
    """Give the learner a folder for his kernels' sockets, and the first time he comes his own copy of the notebooks."""
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
    # By the learner himself: in his own folder root would write wherever a link of his leads.
    by = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    for language in ("en", "zh"):
        target = Path(folder or account.pw_dir, language)
        # Whole, or not at all: what a full disk or a quota has cut off begins anew at the next start.
        part = target.with_name(f".{language}.part")
        if not target.exists():
            for command in (["rm", "-rf", part], ["cp", "-R", notebooks / language, part], ["mv", part, target]):
                done = subprocess.run(command, capture_output=True, text=True, check=False, **by)
                if done.returncode:
                    raise HTTPError(500, f"The lessons cannot be put into {target.parent}. {done.stderr.strip()}")


c.Spawner.pre_spawn_hook = prepare

# Who is away for an hour makes room; what he saved is there when he comes back.
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
# A program may drive the hub in the teacher's name: the tests and the bench do.
if token := os.environ.get("NSLAB_HUB_TOKEN"):
    c.JupyterHub.services.append({"name": "class", "api_token": token})
    c.JupyterHub.load_roles.append(
        {"name": "class", "scopes": ["admin:users", "admin:servers", "access:servers"], "services": ["class"]}
    )
