"""A class on one machine: JupyterHub starts each learner's JupyterLab as a process of his own.

    NSLAB_HUB=/srv/nslab jupyterhub -f binder/hub/jupyterhub_config.py

JupyterHub is the engine; this file only says what a class about networks wants. On a machine with systemd the spawner
is systemd's (limits that hold); without, plain processes (as in the tests). Read binder/README.md first.
"""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

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
c.ConfigurableHTTPProxy.command = [proxy, "--log-level=warn"]
c.ConfigurableHTTPProxy.pid_file = f"{state}/proxy.pid"

# Who may come in. The machine's own accounts; a class without accounts may share one password (NSLAB_CLASS_PASSWORD).
if password := os.environ.get("NSLAB_CLASS_PASSWORD"):
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = password
    c.Authenticator.allow_all = True
else:
    c.JupyterHub.authenticator_class = "pam"
    c.Authenticator.allow_existing_users = True


def runtime_folder(spawner):
    """Return where the learner's kernels listen: a short name, since a socket's path has 107 characters at most."""
    return f"{home}/run/{spawner.user.id}"


# What a learner gets: his own folder with the notebooks, and the kernel "NS Lab" in them.
c.Spawner.cmd = [str(environment / "bin/jupyterhub-singleuser")]
c.Spawner.default_url = "/lab/tree/en/0-welcome.ipynb"
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
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

if Path("/run/systemd/system").is_dir():
    c.JupyterHub.spawner_class = "systemdspawner.SystemdSpawner"
    c.SystemdSpawner.mem_limit = "1G"  # a server 140 MB, a lab 80 MB, a container engine in it 170 MB, and room
    c.SystemdSpawner.cpu_limit = 1.0  # one learner's loop does not slow the class
    c.SystemdSpawner.dynamic_users = False
    # False: else systemd sets no_new_privs, and newuidmap (a range of users in the lab) cannot work.
    c.SystemdSpawner.disable_user_sudo = False
    # False: else /dev/net/tun is missing. What keeps learners apart are their accounts and their labs.
    c.SystemdSpawner.isolate_devices = False
    c.SystemdSpawner.unit_extra_properties = {"TasksMax": "512"}  # a fork bomb stays at home
else:
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = f"{home}/learners/{{username}}"
    if os.geteuid() == 0:
        c.Spawner.args.append("--allow-root")  # plain processes are the account's that started the hub


def prepare(spawner):
    """Give the learner a folder for his kernels' sockets, and the first time he comes his own copy of the notebooks."""
    folder = getattr(spawner, "home_dir", None)
    account = None if folder else pwd.getpwnam(spawner.user.name)
    sockets = Path(runtime_folder(spawner))
    sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account:
        os.chown(sockets, account.pw_uid, account.pw_gid)
    else:
        Path(folder).mkdir(parents=True, exist_ok=True)
    # By the learner himself: in his own folder root would write wherever a link of his leads.
    root = account and os.geteuid() == 0
    by = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if root else {}
    for language in ("en", "zh"):
        target = Path(folder or account.pw_dir, language)
        if not target.exists():
            subprocess.run(["cp", "-R", notebooks / language, target], check=True, **by)


c.Spawner.pre_spawn_hook = prepare

# Who is away for an hour makes room; what he saved is there when he comes back.
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=3600", "--cull-every=300"],
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
