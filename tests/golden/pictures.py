"""The golden pictures; `python -m tests.golden.pictures` redraws them."""

import os
from collections.abc import Iterator
from html import escape
from pathlib import Path

from nslab_kernel.display.svg import document
from nslab_kernel.model.comparison import Comparison, Half
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.network import Network
from nslab_kernel.model.results import PingResult
from nslab_kernel.scene.comparison_scene import both_scene
from nslab_kernel.scene.ping_scene import ping_scene
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.topology_scene import topology_scene
from tests.unit.scene.typed import inhabited, typed

FOLDER = Path(__file__).parent
NAMESPACES = ("test1", "test2")
INSIDE = "test1/veth-test1 - test2/veth-test2"
ADDRESSES = {"test1/veth-test1": "192.168.1.1/24", "test2/veth-test2": "192.168.1.2/24"}


def tutorial() -> dict[str, Network]:
    """Return the tutorial's network after each step, by the picture's name."""
    return {
        "bare": typed(),
        "namespaces": typed(namespaces=NAMESPACES),
        "pair": typed("veth-test1 - veth-test2", namespaces=NAMESPACES, down="*"),
        "one_moved": typed("test1/veth-test1 - veth-test2", namespaces=NAMESPACES, down="*"),
        "both_moved": typed(INSIDE, down="*"),
        "addressed": typed(INSIDE, down="*", addresses=ADDRESSES),
        "one_up": typed(INSIDE, down=["test2/veth-test2"], wait=["test1/veth-test1"], addresses=ADDRESSES),
        "two_namespaces": typed(INSIDE, addresses=ADDRESSES),
    }


def docker_like() -> Network:
    """Return two namespaces on a bridge of the host."""
    return typed(
        "veth1 - box1/eth0",
        "veth2 - box2/eth0",
        bridges={"docker0": "veth1 veth2"},
        addresses={"docker0": "172.17.0.1/16", "box1/eth0": "172.17.0.2/16", "box2/eth0": "172.17.0.3/16"},
        gateways={"box1": "172.17.0.1", "box2": "172.17.0.1"},
        routers=["host"],
    )


def containers(also: dict[str, str] | None = None) -> Network:
    """Return two containers made by Docker, beside two namespaces made by hand; `also`: more names in /run/netns."""
    network = typed(
        "veth0a87245 - busybox_1/eth0",
        "vethabf8073 - busybox_2/eth0",
        INSIDE,
        bridges={"docker0": "veth0a87245 vethabf8073"},
        addresses={
            "docker0": "172.17.0.1/16",
            "busybox_1/eth0": "172.17.0.2/16",
            "busybox_2/eth0": "172.17.0.3/16",
            **ADDRESSES,
        },
        gateways={"busybox_1": "172.17.0.1", "busybox_2": "172.17.0.1"},
        routers=["host"],
        lo_up=["host", "busybox_1", "busybox_2"],
    )
    return inhabited(network, {"busybox_1": "busybox", "busybox_2": "registry.lab/tools/busybox:1.37"}, also)


def beside() -> Comparison:
    """Return the comparison of Docker's two containers with the two namespaces made by hand."""
    both = containers().namespaces
    docker = Network({name: both[name] for name in ("host", "busybox_1", "busybox_2")})
    halves = Half(("busybox_1", "busybox_2"), docker), Half(("test1", "test2"), typed(INSIDE, addresses=ADDRESSES))
    namespaces = (("host", "host"), ("busybox_1", "test1"), ("busybox_2", "test2"))
    return Comparison(*halves, (), namespaces, "Docker")


def router() -> Network:
    """Return a router with three subnets."""
    names = ("office", "lab", "dmz")
    addresses = {f"r/eth{i}": f"10.0.{i}.1/24" for i in (1, 2, 3)}
    addresses |= {f"{name}/eth0": f"10.0.{i}.10/24" for i, name in enumerate(names, 1)}
    return typed(
        *(f"r/eth{i} - {name}/eth0" for i, name in enumerate(names, 1)),
        addresses=addresses,
        routers=["r"],
        gateways={name: f"10.0.{i}.1" for i, name in enumerate(names, 1)},
        lo_up=["r", *names],
    )


def on_bridges(letters: str, count: int, **states: list[str]) -> Network:
    """Return one bridge for each letter, with `count` namespaces on each bridge."""
    digits = len(str(count))
    names = {letter: [f"{letter}{i:0{digits}}" for i in range(1, count + 1)] for letter in letters}
    addresses = {f"{n}/eth0": f"10.0.{k}.{i}/24" for k, a in enumerate(letters, 1) for i, n in enumerate(names[a], 11)}
    return typed(
        *(f"v{name} - {name}/eth0" for each in names.values() for name in each),
        bridges={f"br-{letter}": " ".join(f"v{name}" for name in each) for letter, each in names.items()},
        addresses=addresses | {f"br-{letter}": f"10.0.{k}.1/24" for k, letter in enumerate(letters, 1)},
        **states,
    )


def ping_with_losses() -> PingResult:
    """Return a ping with 24 requests and 21 replies."""
    rtts = [44, 51, 52, 52, 54, 50, 52, 34, 53, 44, 51, 54, 53, 48, 52, 53, 52, 50, 52, 54, 54]
    seqs = tuple(seq for seq in range(1, 25) if seq not in (8, 9, 10))
    return PingResult("192.168.1.2", "test1", 24, 21, tuple(t / 1000 for t in rtts), 64, "", "", seqs, 0.2)


def scenes() -> Iterator[tuple[str, Scene]]:
    """Yield the name and the scene of every picture, in the language of NSLAB_LANG."""
    hint, before = None, None
    for name, network in tutorial().items():
        scene = topology_scene(network, hint=hint)
        yield name, scene
        if before and name != "namespaces":
            yield f"{name}.change", topology_scene(network, before, hint)
        hint, before = scene.placement, network
    yield "one_up.broken", topology_scene(tutorial()["one_up"], broken=Place("test2", "veth-test2"))
    yield "docker_like", topology_scene(docker_like())
    yield "containers", topology_scene(containers())
    yield "containers.change", topology_scene(containers({"busybox_1": "web"}), containers())
    yield "beside", both_scene(beside())
    yield "router", topology_scene(router())
    yield "twelve", topology_scene(on_bridges("ab", 6, down=["b5/eth0"], wait=["vb5"]))
    hundred = on_bridges("cdef", 25, down=["c07/eth0", "e19/eth0"], wait=["e04/eth0"])
    yield "hundred", topology_scene(hundred, on_bridges("cdef", 25, down=["e19/eth0"], wait=["e04/eth0"]))
    yield "ping", ping_scene(ping_with_losses())
    yield "ping.three", ping_scene(PingResult("192.168.1.2", "test1", 3, 2, (0.058, 0.041), 64, "", "", (2, 3), 0.2))


def files() -> Iterator[tuple[Path, str]]:
    """Yield the path and the contents of each golden file: all pictures in English, and some of them in Chinese too."""
    for language, chosen in (
        ("en", None),
        ("zh", {"two_namespaces", "one_moved.change", "containers.change", "beside", "ping", "ping.three"}),
    ):
        os.environ["NSLAB_LANG"] = language
        for name, scene in scenes():
            if chosen is None or name in chosen:
                yield FOLDER / f"{name}{'' if language == 'en' else '.zh'}.svg", svg(scene)


def svg(scene: Scene) -> str:
    """Return a picture as a standalone SVG file with its text alternative; in a page the enclosing element has that."""
    words = escape(scene.description)
    named = document(scene).replace(" viewBox=", f' role="img" aria-label="{words}" viewBox=', 1)
    return named.replace("<style>", f"<title>{words}</title><style>", 1) + "\n"


if __name__ == "__main__":
    for path, text in files():
        path.write_text(text, encoding="utf-8")
