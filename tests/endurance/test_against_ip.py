"""Random steps; after each one nslab's snapshot agrees with `ip -j`."""

import json
import random
import subprocess
import time
from collections import Counter

import pytest

from nslab_kernel import LabError, front, lab_reset, snapshot
from tests.endurance.length import SEED, length
from tests.endurance.test_storms import CALLS, NAMES

STEPS = length(80, 5_000)
LIMIT_S = 5.0
"""Seconds within which Linux has done what it does by itself, such as adding IPv6 addresses."""


@pytest.mark.limit(7200)
def test_random_steps():
    """Interfaces, flags, addresses, bridges and routes agree in all namespaces, also after a step that failed."""
    draw, told = random.Random(f"{SEED} ip"), Counter()
    lines = [line for line in CALLS if not line.startswith(("build", "compare", "lab_script", "lab_reset"))]
    for number in range(STEPS):
        words = {"n": draw.choice(NAMES), "m": draw.choice(NAMES), "i": draw.randrange(3)}
        words["a"], words["b"] = draw.sample("abc", 2)
        line = draw.choice(lines).format(**words) if number % 200 else "lab_reset()"
        try:
            eval(line, vars(front).copy())
            told["done"] += 1
        except LabError as error:
            told[type(error).__name__] += 1
        assert soon_alike(), (number, line, ours(), theirs())
    print(f"{STEPS} steps: {dict(told)}")
    lab_reset()


def soon_alike():
    until = time.monotonic() + LIMIT_S
    while not (alike := ours() == theirs()) and time.monotonic() < until:
        time.sleep(0.02)
    return alike


def ours():
    """Return the lab as nslab's snapshot shows it."""
    return {name: as_told(space) for name, space in snapshot().namespaces.items()}


def as_told(space):
    links = {
        link.ifname: (link.ifindex, link.mac, link.mtu, link.operstate, link.flags, link.master, sorted(link.addresses))
        for link in space.links
    }
    return links, sorted(
        (route.dst, route.gateway or "", route.dev or "") for route in space.routes if route.family == 4
    )


def theirs():
    """Return the lab in the same form as `ip` shows it."""
    names = [line.split()[0] for line in ip("netns", "list").splitlines()]
    return {name: asked(name) for name in ("host", *sorted(names))}


def asked(name):
    inside = [] if name == "host" else ["-n", name]
    links = {
        link["ifname"]: (
            *(
                link["ifindex"],
                link["address"],
                link["mtu"],
                link["operstate"],
                tuple(link["flags"]),
                link.get("master"),
            ),
            sorted(f"{addr['local']}/{addr['prefixlen']}" for addr in link["addr_info"]),
        )
        for link in json.loads(ip(*inside, "-j", "addr"))
    }
    routes = json.loads(ip(*inside, "-j", "route") or "[]")
    return links, sorted((route["dst"], route.get("gateway", ""), route.get("dev", "")) for route in routes)


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=True).stdout
