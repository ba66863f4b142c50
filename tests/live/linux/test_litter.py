"""Files in /run/netns that are no namespaces."""

import os
from pathlib import Path

import pytest

from nslab_kernel import (
    BadValue,
    LabError,
    NoNamespace,
    lab_reset,
    link_show,
    netns_add,
    netns_del,
    netns_exec,
    netns_list,
    snapshot,
    undo,
    veth_add,
)
from nslab_kernel.linux import libc, namespaces

KINDS = {
    "file": lambda path: path.touch(),
    "pipe": os.mkfifo,
    "folder": lambda path: path.mkdir(),
    "broken link": lambda path: path.symlink_to("/nowhere"),
    "link to a file": lambda path: path.symlink_to("/etc/passwd"),
}


@pytest.fixture(params=KINDS)
def litter(request):
    """Make a file, pipe, folder or link in /run/netns that no namespace is mounted on."""
    netns_add("test1")
    path = Path("/run/netns/left")
    KINDS[request.param](path)
    return path


@pytest.mark.limit(30)
def test_it_is_no_namespace_and_hangs_nothing(litter):
    """It counts as no namespace, and no function that is given its name hangs."""
    assert {"host", "test1"} == set(snapshot().namespaces)
    for call in (
        lambda: netns_exec("left", "true"),
        lambda: link_show(netns="left"),
        lambda: veth_add("a", "b", peer_netns="left"),
    ):
        with pytest.raises(NoNamespace):
            call()
    assert ("test1",) == namespaces.names()


@pytest.mark.limit(30)
def test_the_name_is_free(litter):
    """A namespace can be added under the name, and undo() removes it."""
    netns_add("left")

    assert {"host", "left", "test1"} == set(snapshot().namespaces)
    undo()
    assert not os.path.lexists(litter)


@pytest.mark.limit(30)
def test_it_can_be_deleted(litter):
    """netns_del() deletes it as `ip netns del` does, except a folder, which only lab_reset() removes."""
    if litter.is_dir():
        with pytest.raises(NoNamespace):
            netns_del("left")
    else:
        netns_del("left")
        assert not os.path.lexists(litter)
    lab_reset()
    assert namespaces.entries() == ()


@pytest.mark.limit(30)
def test_a_pipe_keeps_nobody_waiting():
    """`ip netns` would wait for ever for a pipe, so it is not started, and the error names the pipe."""
    netns_add("test1")
    os.mkfifo("/run/netns/left")

    with pytest.raises(LabError) as raised:
        netns_list()

    assert "left" in raised.value.what
    assert raised.value.try_ == 'netns_del("left")'
    netns_del("left")
    assert "test1" in netns_list().text


@pytest.mark.parametrize("name", ["../netns-else", "..", "."])
def test_a_path_is_no_name(name):
    """netns_del() refuses a path that leads out of /run/netns, so that nothing else is unmounted."""
    netns_add("test1")
    elsewhere = Path("/run/netns-else")
    elsewhere.mkdir()
    libc.mount("tmpfs", str(elsewhere), "tmpfs")

    with pytest.raises(BadValue):
        netns_del(name)

    assert elsewhere.is_mount()
    assert ("test1",) == namespaces.names()
