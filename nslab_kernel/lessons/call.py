"""One call of a learner's function: to be shown as a line, to be run."""

from collections.abc import Callable
from typing import Any

from nslab_kernel.spelling import quoted


class Call:
    """A function with its arguments; keyword arguments that are `None` are left out, as a learner leaves them out."""

    def __init__(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.function, self.args = function, args
        self.kwargs = {name: value for name, value in kwargs.items() if value is not None}

    @property
    def line(self) -> str:
        """The line as a learner types it."""
        words = [*map(_written, self.args), *(f"{name}={_written(value)}" for name, value in self.kwargs.items())]
        return f"{self.function.__name__}({', '.join(words)})"

    def run(self) -> Any:
        """Call the function, and return its result."""
        return self.function(*self.args, **self.kwargs)


def _written(value: object) -> str:
    return quoted(value) if isinstance(value, str) else repr(value)
