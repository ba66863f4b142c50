"""One call of a learner's function: to be shown as a line, to be run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nslab_kernel.spelling import quoted


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The line as a learner types it."""
        words = [*map(_written, self.args), *(f"{name}={_written(value)}" for name, value in self.kwargs.items())]
        return f"{self.function.__name__}({', '.join(words)})"

    def run(self) -> Any:
        """Do it."""
        return self.function(*self.args, **self.kwargs)


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Call:
    """Return the call of a function; an argument by name that is `None` is left out, as a learner leaves it out."""
    return Call(function, args, {name: value for name, value in kwargs.items() if value is not None})


def _written(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}'" if '"' in value and "'" not in value else quoted(value)
    return repr(value)
