"""Two namespaces side by side: what is the same, what differs."""

from dataclasses import dataclass

from nslab_kernel.model.network import Network

TRAITS = (
    "namespace",
    "interface",
    "state",
    "peer",
    "bridge",
    "address",
    "mac",
    "default route",
    "lo",
    "name",
    "resolv.conf",
    "capabilities",
    "firewall",
)
"""What is compared, in the order in which one meets it."""


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that both have, or have in another way."""

    what: str
    """One of TRAITS."""
    left: tuple[str, ...]
    """In the kernel's words, a line each; empty where there is none."""
    right: tuple[str, ...]
    same: bool
    """Whether both were made in the same way, though names and numbers are their own."""


@dataclass(frozen=True)
class Comparison:
    """Two namespaces side by side."""

    left: str
    right: str
    traits: tuple[Trait, ...]
    network: Network
    """The whole lab at that moment, to be drawn."""

    @property
    def same(self) -> tuple[Trait, ...]:
        """What both have alike."""
        return tuple(trait for trait in self.traits if trait.same)

    @property
    def differs(self) -> tuple[Trait, ...]:
        """What one has and the other has not, or in another way."""
        return tuple(trait for trait in self.traits if not trait.same)

    def trait(self, what: str) -> Trait:
        """Return one of the traits.

        Raises:
            KeyError: There is none of that name.
        """
        for trait in self.traits:
            if trait.what == what:
                return trait
        raise KeyError(what)

    def __repr__(self) -> str:
        return f"<Comparison of {self.left} and {self.right}: {len(self.same)} same, {len(self.differs)} differ>"
