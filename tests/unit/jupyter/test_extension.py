"""The formatters that nslab registers with IPython."""

from nslab_kernel.display.bundle import FORMS
from nslab_kernel.jupyter.extension import DISPLAYED


def test_every_value_with_looks_is_registered():
    """Every type that the display package can show is registered with IPython."""
    registered = {(module, name) for module, names in DISPLAYED.items() for name in names}

    assert {(kind.__module__, kind.__name__) for kind in FORMS} == registered
