"""Shell lines and processes, to change the network without nslab's functions."""

import os
import signal
import subprocess
import threading
import time

WITHOUT_IPV6 = ("all", "default")
"""Linux adds IPv6 addresses a second or two after a cable has carrier, too late for a test that needs a quiet lab."""


def sh(*lines):
    """Run lines of `ip` in one process."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def shell(command):
    """Run a shell line, and return its output."""
    return subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout


def inside(netns, *lines):
    """Run lines of `ip` in a namespace, in one process."""
    subprocess.run(["ip", "-n", netns, "-batch", "-"], input="\n".join(lines), text=True, check=True)


def sleeper_in(netns):
    """Start a process in a namespace, and return it once it runs there."""
    return _when_it_speaks(["ip", "netns", "exec", netns])


def sleeper_apart():
    """Start a process in a namespace without a name, and return it once it runs there."""
    return _when_it_speaks(["unshare", "-n"])


def _when_it_speaks(prefix):
    started = subprocess.Popen([*prefix, "sh", "-c", "echo; exec sleep 1000"], stdout=subprocess.PIPE)
    started.stdout.readline()
    return started


def end(process):
    """End a process that this file has started."""
    process.kill()
    process.communicate()


def interrupt_when(ready):
    """Send SIGINT to this process once `ready()` is true; `ready` is called in another thread."""

    def press():
        while not ready():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()


def quieten(*names):
    """Disable IPv6 on the host and in namespaces."""
    for prefix in ([], *(["ip", "netns", "exec", name] for name in names)):
        switches = [f"net.ipv6.conf.{which}.disable_ipv6=1" for which in WITHOUT_IPV6]
        subprocess.run([*prefix, "sysctl", "-qw", *switches], check=True)


def two_namespaces():
    """Make the tutorial's last state: test1 and test2, a cable, addresses, both ends UP; without IPv6."""
    sh("netns add test1", "netns add test2")
    quieten("test1", "test2")
    sh("link add dev veth-test1 netns test1 type veth peer name veth-test2 netns test2")
    for n in (1, 2):
        inside(f"test{n}", f"addr add 192.168.1.{n}/24 dev veth-test{n}", f"link set dev veth-test{n} up")


def star(count):
    """Make a bridge lab0 on the host, and namespaces n0, n1, ... on it with 10.0.x.y/16, all UP; without IPv6."""
    quieten()
    lines = ["link add dev lab0 type bridge", "link set dev lab0 up"]
    for n in range(count):
        lines += [f"netns add n{n}", f"link add dev v{n} type veth peer name eth0 netns n{n}"]
        lines += [f"link set dev v{n} master lab0 up"]
    sh(*lines)
    for n in range(count):
        quieten(f"n{n}")
        inside(f"n{n}", f"addr add {address(n)}/16 dev eth0", "link set dev eth0 up", "link set dev lo up")


def address(n):
    """Return the address of namespace number n of a star."""
    return f"10.0.{n // 200}.{n % 200 + 1}"
