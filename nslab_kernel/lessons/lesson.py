"""A lesson as data: its steps with their lines, goals, hints, questions.

Texts are English here and translated where they are shown (`language.deferred`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from nslab_kernel.lessons.call import Call
from nslab_kernel.lessons.facts import Fact, Reaches


class Deed:
    """One line of a step, and the facts that hold once it has run."""

    def __init__(self, call: Call, *facts: Fact) -> None:
        self.call, self.facts = call, facts


@dataclass(frozen=True)
class Question:
    """A question to be answered before a cell is run."""

    text: str
    answers: tuple[str, ...]
    right: int
    """Which of the answers is right, from 0."""
    why: str


@dataclass(frozen=True)
class Step:
    """One step of a lesson."""

    id: str
    """As in the notebook's heading: `3.5`."""
    title: str
    does: tuple[Deed, ...] = ()
    """The lines that do the step, in order; empty in a step for looking only."""
    goal: tuple[Fact, ...] = ()
    """Facts that have to hold besides those of its lines."""
    hints: tuple[str, ...] = ()
    """From vague to nearly the line; the line itself is the last hint, and not among these."""
    question: Question | None = None
    ends: tuple[Call, ...] = ()
    """The lines that clean up after the step, before the next one begins."""
    after: str = ""
    """The step that has to be done before this one counts, as its own facts may hold without it; empty for none."""

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """All facts that have to hold."""
        return (*dict.fromkeys(fact for deed in self.does for fact in deed.facts), *self.goal)

    @cached_property
    def asked(self) -> tuple[Reaches, ...]:
        """The facts that only a ping can check."""
        return tuple(fact for fact in self.facts if isinstance(fact, Reaches))

    @cached_property
    def seen(self) -> tuple[Fact, ...]:
        """The facts that are checked by looking at the network."""
        return tuple(fact for fact in self.facts if fact not in self.asked)

    @property
    def calls(self) -> Iterator[Call]:
        """The lines that lead from the beginning of this step to the beginning of the next one."""
        yield from (deed.call for deed in self.does)
        yield from self.ends


@dataclass(frozen=True)
class Lesson:
    """One lesson, which is one notebook."""

    number: int
    notebook: str
    """The notebook's name: `3-by-hand`."""
    title: str
    steps: tuple[Step, ...]

    @property
    def goals(self) -> tuple[Step, ...]:
        """The steps that ask for something; the others are for looking only."""
        return tuple(step for step in self.steps if step.facts)
