"""All lessons, in order: the list by which doctor and README go."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lesson:
    """A lesson whose notebook is there in each language."""

    number: int
    """The tutorial's part."""
    name: str
    """Of its files, without the number."""
    minutes: int
    wants: tuple[str, ...] = ()
    """What it cannot show all without, besides what every lab needs: a program, a feature of Linux, processes of
    its own."""

    @property
    def stem(self) -> str:
        """The name of its files, without what comes behind the dot."""
        return f"{self.number}-{self.name}"


_CONTAINERS = ("docker", "busybox")

LESSONS = (
    Lesson(0, "welcome", 15),
    Lesson(1, "namespaces", 40, ("processes", "nft")),
    Lesson(2, "containers", 45, ("bridge", *_CONTAINERS)),
    Lesson(3, "by-hand", 60, ("bridge", *_CONTAINERS)),
)


def that_want(thing: str) -> tuple[int, ...]:
    """Return the numbers of the lessons that want a program or a feature."""
    return tuple(lesson.number for lesson in LESSONS if thing in lesson.wants)
