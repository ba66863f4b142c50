"""A Network into Linux: the fewest changes that make it so."""

from contextlib import suppress

from nslab_kernel.errors import LabError
from nslab_kernel.linux import worker
from nslab_kernel.model.network import Network
from nslab_kernel.network import soundness
from nslab_kernel.network.keeping import engine_kept
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.network.way import Way


def build_network(target: Network) -> None:
    """Change the lab into `target`. What is the same stays untouched; what fails on the way is put back.

    Raises:
        BadValue: It is no network that can be built; nothing was changed.
        LabError: Linux said no.
    """
    before = snapshot()
    operations = plan(before, target)
    try:
        _run(operations)
        # Once more, for what a Network does not tell: whether a bridge follows its ports, or somebody set its MTU.
        _run(plan(settle(), target))
    except BaseException:
        _put_back(before)
        raise


def plan(now: Network, target: Network) -> tuple[Operation, ...]:
    """Return the changes that make `target` of `now`, in their order.

    Raises:
        BadValue: `target` is no network that can be built.
    """
    soundness.check(target)
    return tuple(Way(now, engine_kept(now, target)).operations())


def _run(operations: tuple[Operation, ...]) -> None:
    def run() -> None:
        for operation in operations:
            operation.run()

    worker.run(None, run)


def _put_back(before: Network) -> None:
    """Undo as much as can be undone."""
    with suppress(LabError):
        for operation in plan(snapshot(), before):
            with suppress(LabError):
                operation.run()
