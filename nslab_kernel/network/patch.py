"""A compact difference that turns one Network into another.

Nothing is stored for equal namespaces, and for others only the parts that differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from nslab_kernel.model.network import HOST, Namespace, Network

_FIELDS = tuple(one.name for one in fields(Namespace))


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a tuple that replaces what is between a common prefix and a common suffix."""

    start: int
    """The length of the prefix."""
    end: int
    """The length of the suffix."""
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Patch:
    """The difference between two Networks."""

    gone: tuple[str, ...]
    """The names of the namespaces that the new Network lacks."""
    spaces: Mapping[str, Namespace | tuple[tuple[str, Any], ...]]
    """By name, each new namespace, or the fields of a changed one that differ; a `_Part` where these are tuples."""

    def of(self, network: Network) -> Network:
        """Apply the patch to the network that it was made from, and return the other network."""
        if not self.gone and not self.spaces:
            return network
        spaces = dict(network.namespaces)
        for name in self.gone:
            del spaces[name]
        for name, changed in self.spaces.items():
            spaces[name] = changed if isinstance(changed, Namespace) else _altered(spaces[name], changed)
        return in_order(spaces)


def patch(old: Network, new: Network) -> Patch:
    """Return the patch that turns `old` into `new`."""
    if old is new:
        return Patch((), {})
    were, are = old.namespaces, new.namespaces
    differing = ((name, space) for name, space in are.items() if were.get(name) is not space)
    parts = {name: _fields(were[name], space) if name in were else space for name, space in differing}
    return Patch(
        tuple(name for name in were if name not in are), {name: part for name, part in parts.items() if part != ()}
    )


def in_order(spaces: Mapping[str, Namespace]) -> Network:
    """Return a Network of these namespaces: the host first, the others sorted."""
    return Network({HOST: spaces[HOST], **{name: spaces[name] for name in sorted(spaces) if name != HOST}})


def _altered(old: Namespace, changed: tuple[tuple[str, Any], ...]) -> Namespace:
    return replace(old, **{field: _whole(getattr(old, field), value) for field, value in changed})


def _fields(old: Namespace, new: Namespace) -> tuple[tuple[str, Any], ...]:
    pairs = ((field, getattr(old, field), getattr(new, field)) for field in _FIELDS)
    return tuple((field, _differing(was, is_)) for field, was, is_ in pairs if was is not is_ and was != is_)


def _differing(old: Any, new: Any) -> Any:
    if not isinstance(new, tuple) or not isinstance(old, tuple):
        return new
    least = min(len(old), len(new))
    start = next((at for at in range(least) if _differ(old[at], new[at])), least)
    end = next((at for at in range(least - start) if _differ(old[-1 - at], new[-1 - at])), least - start)
    return _Part(start, end, new[start : len(new) - end])


def _differ(old: Any, new: Any) -> bool:
    """Return whether two values differ; identical objects, which most are, need no comparison."""
    return old is not new and bool(old != new)


def _whole(old: Any, part: Any) -> Any:
    if not isinstance(part, _Part):
        return part
    return (*old[: part.start], *part.values, *old[len(old) - part.end :])
