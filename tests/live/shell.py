"""What a learner types in a shell, for tests that change the network without our functions."""

import os
import signal
import subprocess
import threading
import time

WITHOUT_IPV6 = ("all", "default")
"""Linux gives addresses of its own a second or two after the cable carries: too late for a test that wants quiet."""


def sh(*lines):
    """Run lines of `ip`, one process for all."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def shell(command):
    """Run a line of a shell; return what it writes."""
    return subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout


def inside(netns, *lines):
    """Run lines of `ip` in a namespace."""
    subprocess.run(["ip", "-n", netns, "-batch", "-"], input="\n".join(lines), text=True, check=True)


def sleeper_in(netns):
    """Start a process in a namespace, and wait until it is there."""
    return _when_it_speaks(["ip", "netns", "exec", netns])


def sleeper_apart():
    """Start a process in a namespace without a name, and wait until it is there."""
    return _when_it_speaks(["unshare", "-n"])


def _when_it_speaks(prefix):
    started = subprocess.Popen([*prefix, "sh", "-c", "echo; exec sleep 1000"], stdout=subprocess.PIPE)
    started.stdout.readline()
    return started


def end(process):
    """End a process that was started here."""
    process.kill()
    process.communicate()


def interrupt_when(ready):
    """Press the stop button as soon as something is so; what is asked must need no other thread."""

    def press():
        while not ready():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()


def quieten(*names):
    """Switch IPv6 off: on the host, and in namespaces."""
    for prefix in ([], *(["ip", "netns", "exec", name] for name in names)):
        switches = [f"net.ipv6.conf.{which}.disable_ipv6=1" for which in WITHOUT_IPV6]
        subprocess.run([*prefix, "sysctl", "-qw", *switches], check=True)


def two_namespaces():
    """The tutorial's end: test1 and test2 with a cable, addresses, both ends up; no IPv6."""
    sh("netns add test1", "netns add test2")
    quieten("test1", "test2")
    sh("link add dev veth-test1 netns test1 type veth peer name veth-test2 netns test2")
    for n in (1, 2):
        inside(f"test{n}", f"addr add 192.168.1.{n}/24 dev veth-test{n}", f"link set dev veth-test{n} up")


def star(count):
    """A bridge lab0 on the host, and boxes n0, n1, ... on it with 10.0.x.y/16, all up; no IPv6."""
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
    """The address of the box number n of a star."""
    return f"10.0.{n // 200}.{n % 200 + 1}"
