"""The types that are shown, and their `str()`: the plain text."""

from importlib import import_module

SHOWN = {
    "nslab_kernel.model.comparison": ("Comparison",),
    "nslab_kernel.model.diagnosis": ("Diagnosis",),
    "nslab_kernel.model.faults": ("BrokenLab", "FaultHint", "FixCheck"),
    "nslab_kernel.model.guidance": ("Hint", "LessonCheck", "Prediction", "StepCheck"),
    "nslab_kernel.model.journey_result": ("Journey",),
    "nslab_kernel.model.matrix_result": ("MatrixResult",),
    "nslab_kernel.model.network": ("Link", "Namespace", "Neighbour", "Network", "Route"),
    "nslab_kernel.model.results": ("Change", "Doctor", "Listing", "PingResult", "Topology"),
}
"""The names of the types by module: without importing them a notebook kernel starts sooner."""


def let_values_print() -> None:
    """Give each type of value its `__str__`; `model` itself does not know how values are shown."""
    for module, names in SHOWN.items():
        for name in names:
            kind = getattr(import_module(module), name)
            if "__str__" not in vars(kind):  # Listing has its own: the program's output alone
                kind.__str__ = _text


def _text(value: object) -> str:
    from nslab_kernel.display.bundle import plain_text  # a slow import, so only when a value is printed

    return plain_text(value)
