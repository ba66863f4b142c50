"""What the attacked machine contains, and who starts notebooks in it."""

from dataclasses import dataclass

SECRET = "nslab-secret-5b1e07"
"""The contents of everything that a cell must not read."""
MARK = "nslab-was-here"
"""The text that an attack writes where it must not."""

PORT = 8888
ADDRESSES = ("127.0.0.1", "198.51.100.7")
"""Addresses of the stand-in for a Jupyter server: the loopback's, and another one of the machine."""
ABSTRACT = "\0nslab-stand-in"
SHM_KEY = 0x6E73
LEARNER, UID = "learner", 4321


@dataclass(frozen=True)
class Launch:
    """Which user starts Jupyter, and in what kind of machine."""

    root: bool
    subids: bool = False
    """Whether the learner has a range of subordinate ids in /etc/subuid."""
    container: tuple[str, ...] = ()
    """Options of unshare(1) that make the machine a container, whose root is not the real root."""
    capabilities: str = ""
    """The bounding set of capabilities, as setpriv(1) takes it."""

    @property
    def home(self) -> str:
        return "/root" if self.root else f"/home/{LEARNER}"

    @property
    def notebooks(self) -> str:
        return f"{self.home}/notebooks"

    @property
    def runtime(self) -> str:
        """Jupyter's runtime folder."""
        return f"{self.home}/.local/share/jupyter/runtime"

    @property
    def sockets(self) -> tuple[str, ...]:
        """The paths at which the stand-ins for services listen."""
        return tuple(path.replace("~", self.home) for path in SOCKETS)

    @property
    def precious(self) -> tuple[str, ...]:
        """Files that no cell may write, though the user who started Jupyter, or root, may."""
        return (
            *(f"{self.home}/{name}" for name in HOME_FILES),
            f"{self.runtime}/kernel-planted.json",
            *SYSTEM_FILES,
            *KEPT,
        )


_DOCKERS = "chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod "
_DOCKERS += "audit_write setfcap"

LAUNCHES = {
    "user": Launch(root=False),
    "range": Launch(root=False, subids=True),
    "root": Launch(root=True, subids=True),
    "docker": Launch(root=True, subids=True, capabilities="-all," + ",".join(f"+{name}" for name in _DOCKERS.split())),
    "container": Launch(root=True, container=("--user", "--map-users=0,0,65536", "--map-groups=0,0,65536")),
    "lone": Launch(root=True, container=("--user", "--map-users=0,0,1", "--map-groups=0,0,1")),
}

HOME_FILES = (
    ".bashrc",
    ".ssh/authorized_keys",
    ".config/autostart/planted.desktop",
    ".ipython/profile_default/startup/00-planted.py",
    ".ipython/profile_default/ipython_config.py",
    ".jupyter/jupyter_server_config.py",
    ".local/share/jupyter/kernels/planted/kernel.json",
)
SYSTEM_FILES = ("/etc/passwd", "/etc/cron.d/planted", "/usr/local/bin/planted", "/var/tmp/planted")

OTHERS = {"/srv/of-a-user": 4322, "/srv/of-a-service": 33, "/srv/of-a-users-containers": 200_007}
"""Files that only their owner may read, by uid: a user, a service, an id of the learner's range in /etc/subuid."""
OF_ROOTS_GROUP = "/srv/of-roots-group"

COVERED = "/srv/covered/secret"
"""A secret that a mount of the machine covers."""
KEPT = ("/srv/read-only/kept",)
"""Files on a read-only mount of the machine."""

USER_RUN = f"/run/user/{UID}"
SOCKETS = (
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/libvirt/libvirt-sock",
    "/run/dbus/system_bus_socket",
    "/run/systemd/private",
    "/run/systemd/journal/socket",
    f"{USER_RUN}/bus",
    f"{USER_RUN}/systemd/private",
    f"{USER_RUN}/podman/podman.sock",
    f"{USER_RUN}/gnupg/S.gpg-agent",
    f"{USER_RUN}/keyring/ssh",
    f"{USER_RUN}/wayland-0",
    "/tmp/ssh-XXXXabcd/agent.77",
    "/tmp/.X11-unix/X0",
    f"/tmp/tmux-{UID}/default",
    "/tmp/vscode-ipc-77.sock",
    "/var/tmp/stand-in.sock",
    "~/.gnupg/S.gpg-agent",
    "~/.ssh/agent/s.abcd.agent.77",
    "~/.docker/run/docker.sock",
)
"""Sockets of stand-in services, which send the secret to each peer; `~` is the home of the user who starts Jupyter."""

DEVICES = {"kmsg": 0o644, "kvm": 0o666, "loop-control": 0o660, "console": 0o600, "vda": 0o660, "vsock": 0o666}
"""Stand-ins for device nodes: files with the secret, and with the modes that such nodes have."""


def environment(launch: Launch, path: str) -> dict[str, str]:
    """Return Jupyter's environment: variables that a lab needs, and variables that a lab must never see."""
    user = "root" if launch.root else LEARNER
    needed = {"PATH": path, "HOME": launch.home, "USER": user, "LANG": "C.UTF-8", "NSLAB_LANG": "en"}
    return (
        needed
        | dict.fromkeys(TOKENS, SECRET)
        | {
            "SSH_AUTH_SOCK": "/tmp/ssh-XXXXabcd/agent.77",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={USER_RUN}/bus",
            "DISPLAY": ":0",
            "XAUTHORITY": f"{launch.home}/.Xauthority",
        }
    )


TOKENS = ("JUPYTERHUB_API_TOKEN", "JUPYTER_TOKEN", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "NPM_TOKEN", "PGPASSWORD")
