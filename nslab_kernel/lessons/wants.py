"""What each lesson cannot show all without, for the doctor to say."""

_CONTAINERS = ("bridge", "docker", "busybox")

WANTS = {1: ("processes", "nft"), 2: _CONTAINERS, 3: _CONTAINERS}
"""By a lesson's number: programs, features of Linux, processes of its own. What every lab needs is left out."""


def that_want(thing: str) -> tuple[int, ...]:
    """Return the numbers of the lessons that want a program or a feature."""
    return tuple(number for number, things in WANTS.items() if thing in things)
