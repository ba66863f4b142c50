"""Side by side: what Docker did, what you did."""

from nslab_kernel.containers.side import Side
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.comparison import TRAITS, Comparison, Trait
from nslab_kernel.network.record import require_namespace
from nslab_kernel.network.snapshot import snapshot


def compare(left: str, right: str) -> Comparison:
    """Lay two namespaces side by side: a container and one made by hand, or any two.

    Args:
        left: A container's or a namespace's name.
        right: The other's.

    Returns:
        a Comparison: what is the same in both, and what differs.

    Raises:
        NoNamespace: There is no such namespace or container.
        AmbiguousName: There are both of that name.
    """
    require_lab()
    for name in (left, right):
        require_namespace(name)
    network = snapshot()
    one, other = Side(left, network).facts(), Side(right, network).facts()
    traits = tuple(Trait(what, one[what].shown, other[what].shown, one[what].way == other[what].way) for what in TRAITS)
    return Comparison(left, right, traits, network)
