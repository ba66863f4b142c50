"""What each lesson needs to show everything, for `lab_doctor`."""

_CONTAINERS = ("bridge", "docker", "busybox")

WANTS = {1: ("processes", "nft"), 2: _CONTAINERS, 3: _CONTAINERS}
"""By a lesson's number: programs, features of Linux, processes of the lab's own. What every lab needs is left out."""


def that_want(thing: str) -> tuple[int, ...]:
    """Return the numbers of the lessons that need a program or a feature."""
    return tuple(number for number, things in WANTS.items() if thing in things)
