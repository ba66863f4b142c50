"""Two sides compared: what is the same, what differs."""

from dataclasses import dataclass

from nslab_kernel.model.network import Network

OWN = ("mtu", "options", "entries", "ruleset", "sysctls")
"""What an engine is not compared by: nobody beside it would do the like by hand."""


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that both have, or have in another way."""

    what: str
    """Its name, of those in `containers/traits.py`: `mtu`, `routes`, ..."""
    left: tuple[str, ...]
    """In the kernel's words, a line each; empty where there is none."""
    right: tuple[str, ...]
    same: bool
    """Whether both were made in the same way, though names and numbers are their own."""
    netns: tuple[str, str] = ("", "")
    """In a comparison of whole networks: of which namespace, left and right; empty where it has none."""


@dataclass(frozen=True)
class Half:
    """One of the two sides."""

    names: tuple[str, ...]
    """The namespaces that are compared, as they were called; of a whole network none."""
    network: Network
    """What is drawn: they, the host, and what their cables lead to."""


@dataclass(frozen=True)
class Comparison:
    """One namespace beside another, a pair beside a pair, or a network beside a network."""

    left: Half
    right: Half
    traits: tuple[Trait, ...]
    matched_namespaces: tuple[tuple[str, str], ...] = ()
    """Which namespace of the left network corresponds to which of the right one."""
    engine: str = ""
    """`Docker` or `Podman`, where one side are containers and the other is not: what differs is its work."""

    @property
    def same(self) -> tuple[Trait, ...]:
        """What both have alike."""
        return tuple(trait for trait in self.traits if trait.same)

    @property
    def differs(self) -> tuple[Trait, ...]:
        """What one has and the other has not, or in another way."""
        return tuple(trait for trait in self.traits if not trait.same)

    def trait(self, what: str) -> Trait:
        """Return one of the traits; in a comparison of whole networks the first of that name.

        Raises:
            KeyError: There is none of that name.
        """
        for trait in self.traits:
            if trait.what == what:
                return trait
        raise KeyError(what)

    def __repr__(self) -> str:
        sides = [" ".join(half.names) or repr(half.network) for half in (self.left, self.right)]
        return f"<Comparison of {sides[0]} and {sides[1]}: {len(self.same)} same, {len(self.differs)} differ>"
