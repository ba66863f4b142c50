"""What a lesson says of the learner's network: values."""

from dataclasses import dataclass

from nslab_kernel.model.network import Network


@dataclass(frozen=True, slots=True)
class FactCheck:
    """One fact that a step asks for, beside what there is."""

    what: str
    """What is looked at: `veth-test1 in test1, address`."""
    expected: str
    actual: str
    holds: bool
    look: str
    """The line that shows it: `addr_show(netns="test1")`."""


@dataclass(frozen=True)
class StepCheck:
    """What was found of one step's goal."""

    step: str
    """The step's number: `3.5`."""
    title: str
    facts: tuple[FactCheck, ...]
    """Empty where the step is for looking only."""
    reached: str = ""
    """When all facts held for the first time, `14:03:27`; empty where they never did."""

    @property
    def passed(self) -> bool:
        """Whether every fact holds now."""
        return all(fact.holds for fact in self.facts)

    @property
    def failing(self) -> tuple[FactCheck, ...]:
        """The facts that do not hold."""
        return tuple(fact for fact in self.facts if not fact.holds)

    def __bool__(self) -> bool:
        """Whether every fact holds now."""
        return self.passed

    def __repr__(self) -> str:
        return f"<StepCheck {self.step}: {len(self.facts) - len(self.failing)} of {len(self.facts)} facts hold>"


@dataclass(frozen=True)
class LessonCheck:
    """What was found of a whole lesson, step by step."""

    number: int
    title: str
    steps: tuple[StepCheck, ...]

    @property
    def done(self) -> int:
        """How many steps were reached so far."""
        return sum(bool(step.reached) for step in self.steps)

    @property
    def count(self) -> int:
        """How many steps can be reached: those for looking only are not counted."""
        return sum(bool(step.facts) for step in self.steps)

    def __bool__(self) -> bool:
        """Whether every step was reached."""
        return self.done == self.count

    def __repr__(self) -> str:
        return f"<LessonCheck {self.number}: {self.done} of {self.count} steps>"


@dataclass(frozen=True)
class Helped:
    """With which help a step was done."""

    step: str
    hints: int
    solved: bool
    guess: str
    """The letter of the first answer that was guessed; empty where none was."""
    is_right: bool


@dataclass(frozen=True)
class LessonReport:
    """What was done in a lesson."""

    lesson: LessonCheck
    helped: tuple[Helped, ...]
    commands: tuple[str, ...]
    network: Network
    """As it is now."""
    at: str
    """When this was, to the minute."""


@dataclass(frozen=True)
class Hint:
    """One hint for a step; the last of them is the line that does it."""

    step: str
    number: int
    """Which it is, from 1."""
    of: int
    """How many there are."""
    text: str
    lines: tuple[str, ...] = ()
    """The lines that do it, in the last hint."""

    def __repr__(self) -> str:
        return f"<Hint {self.number} of {self.of} for {self.step}>"


@dataclass(frozen=True)
class Prediction:
    """A question to answer before a cell is run, and the answer that was chosen."""

    step: str
    question: str
    answers: tuple[str, ...]
    """In their order: (a), (b), (c)."""
    right: int
    """Which of `answers` is right, from 0."""
    why: str
    guess: int | None = None
    """Which was chosen, from 0; `None` while none is."""

    def __bool__(self) -> bool:
        """Whether the guess is right."""
        return self.guess == self.right

    def __repr__(self) -> str:
        return f"<Prediction {self.step}: {'open' if self.guess is None else 'right' if self else 'wrong'}>"
