"""netns_attach(): a name for a container's namespace, which may outlive the container."""

import subprocess

import pytest

from nslab_kernel import (
    AlreadyExists,
    BadValue,
    LabError,
    NoContainer,
    container_rm,
    container_run,
    container_start,
    container_stop,
    lab_reset,
    lab_script,
    link_set_mtu,
    link_show,
    netns_add,
    netns_attach,
    netns_del,
    netns_list,
    snapshot,
    undo,
)
from nslab_kernel.model.difference import difference
from tests.live.shell import shell


def test_the_command_does_the_same():
    """netns_attach() and its command have the same result, and the listed lines are the real `ip`'s."""
    container_run("busybox_1")
    before = snapshot()
    change = netns_attach("web", "busybox_1")
    pid = before.namespaces["busybox_1"].container.pid
    listed, links = netns_list().text, link_show().text

    assert f"ip netns attach web {pid}" == change.command
    assert ("web",) == change.after.namespaces["busybox_1"].also
    assert ["web"] == [line.text for line in change.added if line.shown_by == "ip netns"]
    assert any(line.text.endswith("link-netns web") for line in change.added)
    assert "link-netns web" in links

    netns_del("web")
    assert not difference(before, snapshot())
    shell(change.command)
    assert not difference(change.after, snapshot())
    assert (listed, links) == (netns_list().text, link_show().text)


def test_undo_takes_the_name_and_gives_it_back():
    """undo() takes back netns_attach(), and netns_del() too; the container keeps running."""
    container_run("busybox_1")
    netns_attach("web", "busybox_1")
    netns_del("web")

    undo()
    assert ("web",) == snapshot().namespaces["busybox_1"].also
    undo()
    assert () == snapshot().namespaces["busybox_1"].also
    assert "" == netns_list().text


def test_a_name_keeps_the_namespace_of_a_container_that_ended():
    """The name keeps the namespace of a stopped container; undo() starts the container, lab_reset() removes both."""
    container_run("busybox_1")
    netns_attach("web", "busybox_1")
    inode = snapshot().namespaces["busybox_1"].inode
    change = container_stop("busybox_1")

    assert inode == snapshot().namespaces["web"].inode
    assert ["lo"] == [link.ifname for link in snapshot().namespaces["web"].links]
    assert () == change.difference.links_moved
    undo()
    assert "busybox_1" in snapshot().namespaces
    lab_reset()
    assert ["host"] == list(snapshot().namespaces)
    assert "" == netns_list().text


def test_a_container_is_found_again_at_each_start():
    """A look while the container stops finds no process of it; the next look must find the container again."""
    container_run("busybox_1")
    for _ in range(3):
        stopping = subprocess.Popen(["docker", "stop", "-t", "1", "busybox_1"], stdout=subprocess.DEVNULL)
        while stopping.poll() is None:
            snapshot()
        container_start("busybox_1")

        assert "busybox_1" in snapshot().namespaces


@pytest.mark.parametrize(
    ("name", "container", "error"),
    [
        ("web", "busybox_1", AlreadyExists),
        ("a/b", "busybox_1", BadValue),
        ("free", "busybox_2", NoContainer),
        ("free", "test1", NoContainer),
        ("free", "stopped", LabError),
        ("free", "x y", BadValue),
    ],
)
def test_what_goes_wrong(name, container, error):
    """A taken or wrong name, and a missing or stopped container, raise an error and leave no name behind."""
    netns_add("test1")
    container_run("busybox_1")
    container_run("stopped")
    container_stop("stopped")
    netns_attach("web", "busybox_1")
    before = netns_list().text

    with pytest.raises(error):
        netns_attach(name, container)
    assert before == netns_list().text


def test_the_script_asks_for_the_number_of_the_process():
    """The script looks the container's pid up, because it is another one at each start."""
    container_run("busybox_1")
    netns_attach("web", "busybox_1")
    link_set_mtu("eth0", 1400, netns="busybox_1")
    script = lab_script().text
    shell("ip netns del web; docker rm -f busybox_1")
    subprocess.run(["sh"], input=script, text=True, check=True, capture_output=True)

    assert ("web",) == snapshot().namespaces["busybox_1"].also
    assert 1400 == snapshot().link("eth0", "web").mtu


def test_removed_by_force():
    """A container can be removed while its namespace has a name."""
    container_run("busybox_1")
    netns_attach("web", "busybox_1")
    container_rm("busybox_1")

    assert ["host", "web"] == list(snapshot().namespaces)
