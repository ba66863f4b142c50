"""Every check is proven: from the right end, each line that is left out or done wrongly is found, and named."""

from dataclasses import replace

import pytest

from nslab_kernel import LabError, check, goto, lab_reset, solve
from nslab_kernel.lessons.call import Call
from nslab_kernel.lessons.catalogue import LESSONS, find

STEPS = [step for lesson in LESSONS for step in lesson.steps if step.does]
ASKING = [step for lesson in LESSONS for step in lesson.steps if step.goal and not step.does]
"""Whether somebody answers: it depends on every line of the steps before."""
WRONG = {
    "test1": "test9",
    "test2": "test9",
    "red": "green",
    "blue": "green",
    "veth-test1": "veth-test9",
    "veth-test2": "veth-test9",
    "x": "z",
    "y": "z",
    "busybox_1": "busybox_2",
    "busybox_2": "busybox_9",
    "web": "wrong",
    "a": "z",
    "b": "z",
    "192.168.1.1/24": "192.168.1.1/32",
    "192.168.1.2/24": "192.168.1.3/24",
    "10.9.9.1/24": "10.9.9.1/32",
    "10.9.9.2/24": "10.9.9.3/24",
}


def altered(call):
    """Yield the call with one argument wrong, one after the other."""
    for place, value in enumerate(call.args):
        if value in WRONG:
            yield Call(call.function, *call.args[:place], WRONG[value], *call.args[place + 1 :], **call.kwargs)
    for name, value in call.kwargs.items():
        if value in WRONG:
            yield Call(call.function, *call.args, **{**call.kwargs, name: WRONG[value]})


def do(calls):
    """Do what can be done: a line that builds on a wrong one may be refused."""
    for call in calls:
        try:
            call.run()
        except LabError:
            continue


def mutants(step):
    """Yield the lines of a step with one of them left out or wrong, and the facts of that one."""
    calls = [deed.call for deed in step.does]
    for place, deed in enumerate(step.does):
        yield calls[:place] + calls[place + 1 :], deed
        for wrong in altered(deed.call):
            yield [*calls[:place], wrong, *calls[place + 1 :]], deed


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_the_right_end_passes(step):
    """What solves a step reaches it, and doing it twice changes nothing."""
    goto(step.id)
    assert not check(step.id)

    solve(step.id)
    assert check(step.id)
    assert "" == solve(step.id).command


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_each_mutant_is_found(step):
    """A line left out, or with one argument wrong, fails the check, and the first fact it names is that line's."""
    killed = 0
    for lines, deed in mutants(step):
        goto(step.id)
        do(lines)
        found = check(step.id)

        assert not found, [call.line for call in lines]
        first = step.facts[found.facts.index(found.failing[0])]
        assert first in deed.facts + step.goal, (found.failing, [call.line for call in lines])
        killed += 1
    print(f"step {step.id}: {killed} of {killed} mutants found")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_what_was_not_needed_does_not_matter(step):
    """Something else beside the step's own lines leaves it passed: another namespace, another cable."""
    from nslab_kernel import netns_add, veth_add

    goto(step.id)
    solve(step.id)
    netns_add("other")
    veth_add("p", "q", netns="other")

    assert check(step.id)


@pytest.mark.parametrize("step", ASKING, ids=lambda step: step.id)
def test_each_line_before_is_needed_for_an_answer(step):
    """With all of them somebody answers; without any one of them nobody does, and that is the fact that is named."""
    goto(step.id)
    assert check(step.id)

    lesson, _step = find(step.id)
    before = [call for earlier in lesson.steps[: lesson.steps.index(step)] for call in earlier.calls]
    for place, left_out in enumerate(before):
        lab_reset()
        do(before[:place] + before[place + 1 :])
        assert check(step.id).failing, left_out.line
    print(f"step {step.id}: {len(before)} of {len(before)} mutants found")


def test_a_mutant_needs_a_fact():
    """A line without facts could be left out unnoticed."""
    for step in STEPS:
        assert all(deed.facts for deed in step.does), replace(step, question=None)
