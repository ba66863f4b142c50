"""Each check finds every line of its step that is left out or has a wrong argument."""

from dataclasses import replace

import pytest

from nslab_kernel import LabError, check, goto, lab_reset, solve
from nslab_kernel.lessons.call import Call
from nslab_kernel.lessons.catalogue import LESSONS, find

STEPS = [step for lesson in LESSONS for step in lesson.steps if step.does]
ASKING = [step for lesson in LESSONS for step in lesson.steps if step.goal and not step.does]
"""Steps without lines, which only ask for an answered ping: they depend on every line of the steps before."""
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
    """Yield copies of a call, each with one argument replaced by a wrong one."""
    for place, value in enumerate(call.args):
        if value in WRONG:
            yield Call(call.function, *call.args[:place], WRONG[value], *call.args[place + 1 :], **call.kwargs)
    for name, value in call.kwargs.items():
        if value in WRONG:
            yield Call(call.function, *call.args, **{**call.kwargs, name: WRONG[value]})


def do(calls):
    """Run the calls; one that builds on a wrong line may be refused."""
    for call in calls:
        try:
            call.run()
        except LabError:
            continue


def mutants(step):
    """Yield a step's lines with one line left out or wrong, together with that line's deed."""
    calls = [deed.call for deed in step.does]
    for place, deed in enumerate(step.does):
        yield calls[:place] + calls[place + 1 :], deed
        for wrong in altered(deed.call):
            yield [*calls[:place], wrong, *calls[place + 1 :]], deed


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_the_right_end_passes(step):
    """solve() makes a step pass, and a second solve() runs nothing."""
    goto(step.id)
    assert not check(step.id)

    solve(step.id)
    assert check(step.id)
    assert "" == solve(step.id).command


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_each_mutant_is_found(step):
    """Lines with one left out, or one wrong argument, fail the check, and its first failing fact is that line's."""
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
    """A step still passes if there is another namespace and another cable besides."""
    from nslab_kernel import netns_add, veth_add

    goto(step.id)
    solve(step.id)
    netns_add("other")
    veth_add("p", "q", netns="other")

    assert check(step.id)


@pytest.mark.parametrize("step", ASKING, ids=lambda step: step.id)
def test_each_line_before_is_needed_for_an_answer(step):
    """The ping is answered after all the lines before, and not after all but one; then its fact fails."""
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
    """Each line has facts, because a line without them could be left out unnoticed."""
    for step in STEPS:
        assert all(deed.facts for deed in step.does), replace(step, question=None)
