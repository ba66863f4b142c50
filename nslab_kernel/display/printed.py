"""The types that are shown; `print(value)` writes what a console shows."""

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
"""The types of values, by module; named, for a notebook kernel starts sooner without them."""


def let_values_print() -> None:
    """Give each type of value its `str`; `model` itself does not know how values are shown."""
    for module, names in SHOWN.items():
        for name in names:
            kind = getattr(import_module(module), name)
            if "__str__" not in vars(kind):  # a Listing prints what the program wrote, and no more
                kind.__str__ = _text


def _text(value: object) -> str:
    from nslab_kernel.display.bundle import plain_text  # imported with the first value that is printed: it is slow

    return plain_text(value)
