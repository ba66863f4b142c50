"""The learner's function; the rest comes when it is called."""

from nslab_kernel.model.results import Doctor


def lab_doctor() -> Doctor:
    """Look at what this machine can do for the lab.

    Mirrors `nslab doctor` in a terminal. Changes nothing: it makes a sandbox to see, and lets it go.

    Returns:
        One check a thing: ready, a note, or missing, with the lessons that it touches and the line that fixes it.

    Example:
        >>> lab_doctor()
    """
    from nslab_kernel.sandbox.doctor_checks import all_checks

    return Doctor(all_checks())
