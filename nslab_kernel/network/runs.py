"""Makes a program's command a step: what is shown is what runs."""

import inspect
import shlex
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from nslab_kernel.linux import iproute2
from nslab_kernel.model.results import Change
from nslab_kernel.network.record import changes, fill, require_namespace

P = ParamSpec("P")


def runs(template: str) -> Callable[[Callable[P, None]], Callable[P, Change]]:
    """Make a function that changes the network a step: its body checks the arguments, then the real program runs.

    For commands with many iproute2 options that we only pass on. `@changes` needs no process.
    """

    def as_step(function: Callable[P, None]) -> Callable[P, Change]:
        signature = inspect.signature(function)

        @wraps(function)
        def body(*args: P.args, **kwargs: P.kwargs) -> None:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            netns = bound.arguments.pop("netns")
            if netns is not None:
                require_namespace(netns)
            function(*args, **kwargs)
            iproute2.run(shlex.split(fill(template, bound.arguments)), netns)

        return changes(template)(body)

    return as_step
