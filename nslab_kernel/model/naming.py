"""What namespaces are called: as keys, as arguments, in order."""

import re
from functools import cache

from nslab_kernel.model.network import HOST


def key_of(netns: str | None) -> str:
    """Return the key of a namespace in a Network: the argument `netns=`, where `None` is the host."""
    return HOST if netns is None else netns


def netns_of(key: str) -> str | None:
    """Return the argument `netns=` for a key in a Network."""
    return None if key == HOST else key


@cache
def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a sort key in which numbers count as numbers: `ns2` before `ns10`."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name) if part)
