"""Containers of a real engine, seen from inside and from outside."""

import re

from nslab_kernel import (
    addr_add,
    addr_show,
    container_exec,
    container_inspect,
    container_list,
    container_logs,
    container_rm,
    container_run,
    container_start,
    container_stop,
    lab_reset,
    lab_script,
    link_set_netns,
    link_show,
    netns_add,
    netns_exec,
    netns_list,
    ping,
    snapshot,
    undo,
    veth_add,
)
from nslab_kernel.network.config_equality import comparable
from tests.live.shell import shell

LOOP = '/bin/sh -c "while true;do sleep 3600;done"'


def pid_of(name):
    return shell(f"docker inspect -f '{{{{.State.Pid}}}}' {name}").strip()


def test_two_containers_talk():
    """The second part of the tutorial: two containers, their addresses, and pings both ways."""
    first, _second = container_run("busybox_1", command=LOOP), container_run("busybox_2", command=LOOP)

    assert "docker run -d -it --name busybox_1 busybox /bin/sh -c 'while true;do sleep 3600;done'" == first.command
    assert re.fullmatch(r"[0-9a-f]{64}\n", first.text)
    assert "172.17.0.2/16" in container_exec("busybox_1", "ip a").text
    assert "172.17.0.3/16" in container_exec("busybox_2", "ip a").text
    assert ping("172.17.0.3", netns="busybox_1", count=1)
    assert "64 bytes from 172.17.0.2" in container_exec("busybox_2", "ping -c 1 172.17.0.2").text


def test_a_container_is_a_namespace_without_a_name():
    """snapshot() finds a container by its process; `ip netns` does not know it until it is attached under a name."""
    change = container_run("busybox_1")
    network = snapshot()
    found, cable = network.namespaces["busybox_1"], network.namespaces["busybox_1"].link("eth0").peer

    assert ("busybox_1", "busybox", change.text.strip()) == (
        found.container.name,
        found.container.image,
        found.container.id,
    )
    assert pid_of("busybox_1") == str(found.container.pid)
    assert ("host", "docker0") == (cable.netns, network.end(cable).master)
    assert f"link-netnsid {network.end(cable).link_netnsid}" in link_show().text
    assert "" == netns_list().text

    netns_exec(None, f"ip netns attach web {found.container.pid}")
    assert ("web",) == snapshot().namespaces["busybox_1"].also
    assert "link-netns web" in link_show().text
    assert "eth0@if" in link_show(netns="web").text


def test_what_the_first_call_brings():
    """The first change also has the engine's bridge, and the sysctl that the engine sets."""
    lines = [(line.netns, line.shown_by, line.text) for line in container_run("busybox_1").added]

    assert any(netns == "host" and "docker0" in text for netns, _shown, text in lines)
    assert ("host", "sysctl", "net.ipv4.ip_forward = 1") in lines
    assert ["busybox busybox_1"] == [text.partition(" ")[2] for _n, shown, text in lines if shown == "docker ps"]


def test_the_shown_command_is_what_ran():
    """The shown command writes the same text in a shell as the call has returned."""
    container_run("busybox_1", command='sh -c "echo hello; sleep 3600"')

    for listing in (container_list(), container_inspect("busybox_1"), container_logs("busybox_1")):
        assert without_ages(shell(listing.command)) == without_ages(listing.text)
    assert "hello\n" == container_logs("busybox_1").text
    assert container_list().text.startswith("CONTAINER ID   IMAGE     COMMAND  ")


def without_ages(text):
    return re.sub(r" +", " ", re.sub(r"(About an? |Less than an? )?(\d+ )?(second|minute)s?", "", text))


def test_a_containers_name_is_a_namespaces_name():
    """A container's name works as `netns=` in all functions, and changes inside it can be undone."""
    container_run("busybox_1")
    pid = pid_of("busybox_1")
    before = snapshot()
    veth_add("left", "right")
    moved = link_set_netns("right", "busybox_1")
    added = addr_add("10.0.0.1/24", dev="right", netns="busybox_1")

    assert f"ip link set dev right netns {pid}" == moved.command
    assert f"nsenter -t {pid} -n ip addr add 10.0.0.1/24 dev right" == added.command
    assert f"nsenter -t {pid} -n ip addr" == addr_show(netns="busybox_1").command
    assert "10.0.0.1/24" in addr_show(netns="busybox_1").text
    for _ in range(3):
        undo()
    assert comparable(before) == comparable(snapshot())


def test_a_busy_engine():
    """If the engine does not answer in time, its last answer counts: its containers do not look removed."""
    container_run("busybox_1")
    engines = shell("pgrep -x dockerd || pgrep -x podman").split()
    shell(f"kill -STOP {' '.join(engines)}")
    try:
        netns_add("test1")
        assert {"host", "busybox_1", "test1"} == set(snapshot().namespaces)
    finally:
        shell(f"kill -CONT {' '.join(engines)}")

    undo()
    assert {"host", "busybox_1"} == set(snapshot().namespaces)


def test_undo_takes_containers_back():
    """undo() removes a container that was run, and runs one again that was stopped or removed, amid other steps."""
    netns_add("test1")
    container_run("busybox_1", command="sleep 3600", publish="8080:80")
    netns_add("test2")
    container_stop("busybox_1")
    container_start("busybox_1")
    container_rm("busybox_1")

    undo()
    assert {"test1", "test2", "busybox_1"} < set(snapshot().namespaces)
    assert '"sleep 3600"' in container_list().text
    assert "0.0.0.0:8080->80/tcp" in container_list().text
    undo()
    assert "busybox_1" not in snapshot().namespaces
    undo()
    assert "busybox_1" in snapshot().namespaces
    undo()
    assert "test2" not in snapshot().namespaces
    undo()
    assert ["host", "test1"] == list(snapshot().namespaces)
    assert "busybox_1" not in container_list().text


def test_the_script_has_containers_in_it():
    """lab_script() also has the lines that make containers."""
    netns_add("test1")
    container_run("busybox_1")

    assert lab_script().text.endswith("ip netns add test1\ndocker run -d -it --name busybox_1 busybox\n")


def test_an_engine_that_only_looking_has_started_is_not_in_the_script():
    """What the engine sets up at its start is not in the script, because another machine's engine does that itself."""
    container_list()
    container_run("busybox_1")

    assert lab_script().text.splitlines()[2:] == ["set -e", "docker run -d -it --name busybox_1 busybox"]


def test_reset_takes_all_away():
    """lab_reset() removes containers, the engine, its bridge and its rules; the next call starts another engine."""
    netns_add("test1")
    container_run("busybox_1", publish="8080:80")
    lab_reset()

    assert ["lo"] == [link.ifname for link in snapshot().namespaces["host"].links]
    assert ["host"] == list(snapshot().namespaces)
    assert "0\n" == shell("sysctl -n net.ipv4.ip_forward")
    assert "-A " not in shell("iptables-save")
    assert "" == shell("ps -eo args | grep -E '^(/usr/bin/)?(dockerd|containerd)' || true")
    container_run("busybox_1")
    assert ping("172.17.0.1", netns="busybox_1", count=1)


def test_a_published_port_leads_inside():
    """A published port leads to the container, as with `docker run -p`."""
    serving = "while true; do echo hello | nc -l -p 80; done"
    change = container_run("web", publish="8080:80", command=serving)

    assert f"docker run -d -it --name web -p 8080:80 busybox sh -c '{serving}'" == change.command
    # Between two runs of `nc` nobody listens in the container, and the engine's proxy closes the connection.
    shell("until busybox nc -w 1 127.0.0.1 8080 < /dev/null | grep hello; do sleep 0.1; done")
