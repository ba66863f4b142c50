"""Compares two namespaces, pairs or networks: what is the same."""

from dataclasses import dataclass

from nslab_kernel.model.network import Network

OWN = ("mtu", "options", "entries", "ruleset", "sysctls")
"""Traits not compared between a container and a namespace made by hand: nobody would set these by hand."""


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait of both sides, and whether it is the same."""

    what: str
    """The trait's name, as in `containers/traits.py`: `mtu`, `routes`, ..."""
    left: tuple[str, ...]
    """The trait of the left side, in the kernel's words, one string per line; empty if this side has none."""
    right: tuple[str, ...]
    same: bool
    """Whether both sides were configured in the same way; their names and numbers may differ."""
    netns: tuple[str, str] = ("", "")
    """In a comparison of whole networks, the left and the right namespace; empty if one has no counterpart."""


@dataclass(frozen=True)
class Half:
    """One of the two sides."""

    names: tuple[str, ...]
    """The names of the compared namespaces, as the learner wrote them; empty for a whole network."""
    network: Network
    """The network to draw: these namespaces, the host, and the interfaces at the other ends of their cables."""


@dataclass(frozen=True)
class Comparison:
    """The comparison of two namespaces, two pairs of namespaces, or two networks."""

    left: Half
    right: Half
    traits: tuple[Trait, ...]
    matched_namespaces: tuple[tuple[str, str], ...] = ()
    """Which namespace of the left network corresponds to which of the right one."""
    engine: str = ""
    """`Docker` or `Podman`, whose work the differences are, if only one side has containers; else empty."""

    @property
    def same(self) -> tuple[Trait, ...]:
        """The traits that are the same on both sides."""
        return tuple(trait for trait in self.traits if trait.same)

    @property
    def differs(self) -> tuple[Trait, ...]:
        """The traits that differ, or that only one side has."""
        return tuple(trait for trait in self.traits if not trait.same)

    def trait(self, what: str) -> Trait:
        """Return the trait of a name; in a comparison of whole networks the first one of that name.

        Raises:
            KeyError: No trait has that name.
        """
        for trait in self.traits:
            if trait.what == what:
                return trait
        raise KeyError(what)

    def __repr__(self) -> str:
        sides = [" ".join(half.names) or repr(half.network) for half in (self.left, self.right)]
        return f"<Comparison of {sides[0]} and {sides[1]}: {len(self.same)} same, {len(self.differs)} differ>"
