"""Names of namespaces: as keys, as arguments, as sort keys."""

import re
from functools import cache

from nslab_kernel.model.network import HOST


def key_of(netns: str | None) -> str:
    """Return the key in `Network.namespaces` for an argument `netns=`; `None` is the host."""
    return HOST if netns is None else netns


def netns_of(key: str) -> str | None:
    """Return the argument `netns=` for a key in `Network.namespaces`; for the host it is `None`."""
    return None if key == HOST else key


@cache
def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a sort key in which numbers count as numbers: `ns2` before `ns10`."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name) if part)
