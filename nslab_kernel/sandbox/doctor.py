"""The function `lab_doctor`; it imports its checks when it is called."""

from nslab_kernel.model.results import Doctor


def lab_doctor() -> Doctor:
    """Check what this machine offers the lab.

    Mirrors `nslab doctor` in a terminal. Changes nothing: it tries features in a temporary sandbox.

    Returns:
        One check per program or feature: ready, note or missing, with the lessons that need it and how to fix it.

    Example:
        >>> lab_doctor()
    """
    from nslab_kernel.sandbox.doctor_checks import all_checks

    return Doctor(all_checks())
