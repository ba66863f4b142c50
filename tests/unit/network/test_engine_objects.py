"""Plans neither build nor remove what a container engine made."""

from dataclasses import replace

import pytest

from nslab_kernel.model.network import HOST, Container, End, Link, Namespace, Network, Route
from nslab_kernel.network.build import plan_changes
from nslab_kernel.network.engine_objects import with_engine_objects
from tests.networks import bare, two_namespaces

UP = ("BROADCAST", "MULTICAST", "UP", "LOWER_UP")


def link(ifname, ifindex, kind="veth", **more):
    return Link(ifname, ifindex, kind, f"02:00:00:00:00:{ifindex:02x}", 1500, "UP", UP, **more)


def with_engine(network, *names, pid=100):
    """Return the network with docker0 and running containers added."""
    host = network.namespaces[HOST]
    bridge = link("docker0", 50, "bridge", addresses=("172.17.0.1/16",), engine=True)
    ports, namespaces = [], {}
    for n, name in enumerate(names):
        port = link(f"veth{n:07x}", 61 + 2 * n, peer=End(name, "eth0"), peer_ifindex=60 + 2 * n, master="docker0")
        ports.append(replace(port, peer_netns_unnamed=True, engine=True))
        inside = link("eth0", 60 + 2 * n, peer=End(HOST, port.ifname), peer_ifindex=port.ifindex)
        container = Container(name, "busybox", f"{name}{n:063x}", pid + n)
        namespaces[name] = Namespace(name, (inside,), inode=900 + n, container=container)
    routes = (*host.routes, Route("172.17.0.0/16", dev="docker0", protocol="kernel", prefsrc="172.17.0.1"))
    host = replace(host, links=(*host.links, bridge, *ports), routes=routes, ip_forward=True)
    others = {name: namespace for name, namespace in network.namespaces.items() if name != HOST}
    return Network({HOST: host, **dict(sorted({**namespaces, **others}.items()))})


def containers(network):
    return {name for name, namespace in network.namespaces.items() if namespace.container}


@pytest.mark.parametrize(
    ("now", "target"),
    [
        (with_engine(bare(), "a"), bare()),
        (bare(), with_engine(bare(), "a")),
        (with_engine(bare(), "a"), with_engine(bare(), "b")),
        (with_engine(bare(), "a", "b"), with_engine(bare(), "a")),
        (with_engine(bare(), "a"), with_engine(bare(), "a", pid=200)),
    ],
    ids=["gone", "came", "another", "one of two", "started again"],
)
def test_containers_are_left_alone(now, target):
    """Where only containers came or went, the plan is empty: their links and addresses are left alone too."""
    kept = with_engine_objects(now, target)

    assert containers(now) == containers(kept)
    if now.namespaces[HOST].links[-1].engine:
        assert now == kept
        assert () == plan_changes(now, target)


def test_the_rest_is_built():
    """What the learner made is built beside the containers, which no command touches."""
    now, target = with_engine(bare(), "a"), two_namespaces()
    commands = [operation.command for operation in plan_changes(now, target)]

    assert "ip netns add test1" in commands
    assert not any("veth0000000" in command or "docker0" in command or " a" == command[-2:] for command in commands)


def test_what_changed_inside_is_built():
    """An address that was removed from a running container is added again."""
    target = with_engine(bare(), "a")
    namespace = target.namespaces["a"]
    route = Route("172.17.0.0/16", dev="eth0", protocol="kernel", scope="link", prefsrc="172.17.0.2")
    wanted = replace(namespace, links=(replace(namespace.links[0], addresses=("172.17.0.2/16",)),), routes=(route,))
    target = Network({**target.namespaces, "a": wanted})

    assert ["ip netns exec a ip addr add 172.17.0.2/16 dev eth0"] == [
        operation.command for operation in plan_changes(with_engine(bare(), "a"), target)
    ]


def test_a_container_keeps_its_name():
    """A new namespace with the container's name is deleted, and not taken for the container."""
    before = with_engine(bare(), "a")
    namespace, host = before.namespaces["a"], before.namespaces[HOST]
    links = [replace(one, peer=End("container:a", "eth0")) if one.peer else one for one in host.links]
    now = Network(
        {
            HOST: replace(host, links=tuple(links)),
            "a": Namespace("a"),
            "container:a": replace(namespace, name="container:a"),
        }
    )

    assert ["ip netns del a"] == [operation.command for operation in plan_changes(now, before)]


def test_without_an_engine_nothing_is_different():
    """Without an engine the target comes back as the same object."""
    target = two_namespaces()

    assert target is with_engine_objects(bare(), target)
