"""The values that the functions of a lesson return."""

from dataclasses import dataclass

from nslab_kernel.model.network import Network


@dataclass(frozen=True, slots=True)
class FactCheck:
    """One fact that a lesson's step requires, with what was found."""

    what: str
    """What the fact is about: `veth-test1 in test1, address`."""
    expected: str
    actual: str
    holds: bool
    look: str
    """A line for a notebook cell that shows the fact: `addr_show(netns="test1")`."""


@dataclass(frozen=True)
class StepCheck:
    """Which facts of one step hold."""

    step: str
    """The step's number: `3.5`."""
    title: str
    facts: tuple[FactCheck, ...]
    """The facts that the step requires; empty if the step is for looking only."""
    reached: str = ""
    """The time when all facts held for the first time, `14:03:27`; empty if they never did."""

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
    """Which steps of a lesson were reached."""

    number: int
    title: str
    steps: tuple[StepCheck, ...]

    @property
    def done(self) -> int:
        """The number of steps reached so far."""
        return sum(bool(step.reached) for step in self.steps)

    @property
    def count(self) -> int:
        """The number of steps that can be reached; steps for looking only are not counted."""
        return sum(bool(step.facts) for step in self.steps)

    def __bool__(self) -> bool:
        """Whether every step was reached."""
        return self.done == self.count

    def __repr__(self) -> str:
        return f"<LessonCheck {self.number}: {self.done} of {self.count} steps>"


@dataclass(frozen=True)
class Helped:
    """The help that the learner used for one step, and the answer to the step's question."""

    step: str
    hints: int
    solved: bool
    guess: str
    """The letter of the first answer that the learner chose; empty if none was chosen."""
    is_right: bool


@dataclass(frozen=True)
class LessonReport:
    """A report on what the learner did in a lesson."""

    lesson: LessonCheck
    helped: tuple[Helped, ...]
    commands: tuple[str, ...]
    network: Network
    """The lab at the time of the report."""
    at: str
    """The time of the report, to the minute."""


@dataclass(frozen=True)
class Hint:
    """One hint for a step; the last hint has the lines that do the step."""

    step: str
    number: int
    """Which of the hints this is, from 1."""
    of: int
    """The number of hints for this step."""
    text: str
    lines: tuple[str, ...] = ()
    """The lines that do the step; only in the last hint."""

    def __repr__(self) -> str:
        return f"<Hint {self.number} of {self.of} for {self.step}>"


@dataclass(frozen=True)
class Prediction:
    """A question to answer before a cell is run, and the answer that was chosen."""

    step: str
    question: str
    answers: tuple[str, ...]
    """The answers in the order (a), (b), (c)."""
    right: int
    """The index of the right answer in `answers`."""
    why: str
    guess: int | None = None
    """The index of the chosen answer in `answers`; `None` while none is chosen."""

    def __bool__(self) -> bool:
        """Whether the guess is right."""
        return self.guess == self.right

    def __repr__(self) -> str:
        return f"<Prediction {self.step}: {'open' if self.guess is None else 'right' if self else 'wrong'}>"
