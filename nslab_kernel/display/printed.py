"""`print(value)` writes what a console shows; `repr` stays short."""

from nslab_kernel.model.comparison import Comparison
from nslab_kernel.model.diagnosis import Diagnosis
from nslab_kernel.model.faults import BrokenLab, FaultHint, FixCheck
from nslab_kernel.model.guidance import Hint, LessonCheck, Prediction, StepCheck
from nslab_kernel.model.journey_result import Journey
from nslab_kernel.model.matrix_result import MatrixResult
from nslab_kernel.model.network import Link, Namespace, Neighbour, Network, Route
from nslab_kernel.model.results import Change, Doctor, PingResult, Topology

_PRINTED = (
    Change,
    Comparison,
    Diagnosis,
    BrokenLab,
    FaultHint,
    FixCheck,
    Doctor,
    Hint,
    Journey,
    LessonCheck,
    Link,
    MatrixResult,
    Namespace,
    Neighbour,
    Network,
    PingResult,
    Prediction,
    Route,
    StepCheck,
    Topology,
)


def let_values_print() -> None:
    """Give each type of value its `str`; `model` itself does not know how values are shown."""
    for kind in _PRINTED:
        setattr(kind, "__str__", _text)  # noqa: B010 - mypy refuses the assignment


def _text(value: object) -> str:
    from nslab_kernel.display.bundle import plain_text  # imported with the first value that is printed: it is slow

    return plain_text(value)
