"""check, hint, solve, goto and predict, as a learner meets them."""

import json
import subprocess

import pytest

from nslab_kernel import (
    BadValue,
    LabError,
    addr_add,
    addr_del,
    check,
    goto,
    hint,
    lab_reset,
    link_down,
    link_up,
    netns_add,
    ping,
    predict,
    snapshot,
    solve,
    topology,
    veth_add,
)
from nslab_kernel.display.bundle import plain_text
from nslab_kernel.lessons import progress
from nslab_kernel.lessons.catalogue import open_lesson
from nslab_kernel.lessons.check import present_lesson
from nslab_kernel.lessons.standing import standing
from nslab_kernel.probe.ping import watch


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Keep the file of progress, which lies beside the notebook, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "_records", None)
    return tmp_path


def test_a_failed_check_names_the_fact():
    """A failed check says what it looked at, the expected and the actual value, and the call that shows it."""
    goto("3.9")
    addr_del("192.168.1.2/24", dev="veth-test2", netns="test2")
    addr_add("192.168.1.2", dev="veth-test2", netns="test2")
    (fact,) = check("3.8").failing

    assert ("192.168.1.2/24", "192.168.1.2/32") == (fact.expected, fact.actual)
    assert 'addr_show(netns="test2")' == fact.look
    assert "expected 192.168.1.2/24, actual 192.168.1.2/32" in plain_text(check("3.8"))


def test_a_mixed_up_name_is_found():
    """The name `tset1` is recognised as a slip for `test1`."""
    netns_add("tset1")

    assert "there is tset1" == check("3.1").failing[0].actual


def test_any_tool_will_do():
    """Steps that plain `ip` has done, in any order, are recorded as reached when a function of ours looks next."""
    lines = [
        "ip netns add test1",
        "ip netns add test2",
        "ip link add veth-test1 netns test1 type veth peer name veth-test2 netns test2",
        "ip -n test2 addr add 192.168.1.2/24 dev veth-test2",
        "ip -n test2 link set veth-test2 up",
        "ip -n test1 link set veth-test1 up",
        "ip -n test1 addr add 192.168.1.1/24 dev veth-test1",
    ]
    for line in lines:
        subprocess.run(line.split(), check=True)
    topology()

    assert ("3.1", "3.4", "3.5", "3.7", "3.8", "3.9") == tuple(sorted(progress.reached()))
    assert check("3.10")


def test_what_was_reached_stays_so():
    """A step that is undone later stays reached; its check fails, and says that something was changed since."""
    netns_add("test1")
    netns_add("test2")
    assert progress.reached() == ("3.1",)
    lab_reset()
    found = check("3.1")

    assert found.reached and not found
    assert "something was changed since" in plain_text(found)


@pytest.mark.parametrize("netns", ["test1", "test2"])
def test_a_ping_is_not_said_to_work_over_a_cable_that_is_off(netns):
    """If either end of the cable is down, the step counts as failing, without a packet being sent."""
    goto("3.10")
    assert check("3.10")
    link_down(f"veth-{netns}", netns=netns)
    last = standing(open_lesson(3), snapshot()).steps[-1]

    assert last.reached and not last.passed
    assert any("is off, or the other end" in fact.actual for fact in last.facts)


def test_undoing_counts_only_after_doing():
    """A lab without the cable of step 0.2 reaches step 0.3, which removes it, only after 0.2 was reached."""
    topology()
    assert () == progress.reached()

    veth_add("a", "b")
    lab_reset()
    topology()
    assert ("0.2", "0.3") == progress.reached()


def test_strict_raises():
    """`strict` raises if the check fails, for those who grade a notebook by running it."""
    with pytest.raises(LabError, match="veth-test2") as caught:
        check("3.4", strict=True)
    assert 'hint("3.4")' == caught.value.try_

    goto("3.5")
    check("3.4", strict=True)


def test_hints_rise_to_the_line():
    """The last hint is the lines that are still missing; further calls repeat it."""
    goto("3.8")
    addr_add("192.168.1.1/24", dev="veth-test1", netns="test1")
    hints = [hint("3.8") for _again in range(4)]

    assert [1, 2, 3, 3] == [one.number for one in hints]
    assert ('addr_add("192.168.1.2/24", dev="veth-test2", netns="test2")',) == hints[-1].lines


def test_hint_without_a_number_is_for_the_next_step():
    """hint() without a number is for the lesson's first step that is not reached."""
    solve("3.1")

    assert "3.4" == hint().step


def test_solve_does_what_is_missing():
    """solve() runs and shows the missing lines; if an earlier step is missing, its error names goto()."""
    netns_add("test1")
    assert "ip netns add test2" == solve("3.1").command

    with pytest.raises(LabError) as caught:
        solve("3.5")
    assert 'goto("3.5")' == caught.value.try_


def test_what_solve_did_before_a_line_was_refused_is_told():
    """If the second line is refused, the error says whether the first line has changed something."""
    for name in ("test1", "test2"):
        netns_add(name)
    veth_add("veth-test1", "zz", netns="test1")

    for partly in (True, False):
        with pytest.raises(LabError) as caught:
            solve("3.8")
        assert partly == caught.value.partly


def test_goto_from_any_state():
    """goto() removes everything else, and builds what the earlier steps make."""
    subprocess.run(["ip", "netns", "add", "odd name"], check=True)
    veth_add("veth-test1", "other")
    goto("3.8")

    assert {"host", "test1", "test2"} == set(snapshot().namespaces)
    assert check("3.7") and not check("3.8")


def test_a_guess_is_answered():
    """Without a guess predict() asks; with one it gives the right answer and why. The first guess is recorded."""
    asked = predict("3.10")
    assert asked.guess is None and "(b) no reply" in plain_text(asked)

    wrong = predict("3.10", "a")
    assert not wrong and "It is: no reply." in plain_text(wrong)
    assert predict("3.10", "b")
    assert "a" == progress.record("3.10").guess


@pytest.mark.parametrize(
    "call",
    [
        lambda: check("9.9"),
        lambda: check(3.5),
        lambda: hint("3.2"),
        lambda: solve("3.10"),
        lambda: goto("x"),
        lambda: predict("3.2"),
        lambda: predict("3.10", "d"),
        lambda: predict("3.10", 1),
        check,
    ],
)
def test_what_is_no_step_is_told(call):
    """A wrong step or answer raises BadValue, and changes nothing."""
    before = snapshot()
    with pytest.raises(BadValue):
        call()
    assert before == snapshot()


def test_a_number_without_quotation_marks_is_told_so():
    """A number such as 3.1 may stand for a step, so the error asks for quotation marks instead of listing steps."""
    with pytest.raises(BadValue, match="quotation marks") as error:
        predict(3.1)
    assert "3.10" in error.value.why
    assert "0.1" not in str(error.value)


def note_reached(folder, step, when):
    """Record a step as reached in the file of progress, as another notebook does."""
    file = folder / progress.FILE
    other = json.loads(file.read_text())
    other["steps"][step] = {"reached": when}
    file.write_text(json.dumps(other))


def test_progress_outlives_the_kernel(own_folder, monkeypatch):
    """The recorded progress is read again, and what another notebook has recorded meanwhile is kept."""
    solve("3.1")
    note_reached(own_folder, "1.3", "2026-01-01T10:00:00+00:00")
    hint("3.4")
    monkeypatch.setattr(progress, "_records", None)

    assert progress.record("3.1").solved and 1 == progress.record("3.4").hints
    assert ("1.3", "3.1") == progress.reached()


@pytest.mark.parametrize("text", ["", "[]", '{"steps": 3}', '{"steps": {"3.1": {"hints": "x"}}}', '{"format": "mine"}'])
def test_a_broken_file_of_progress_is_no_trouble(own_folder, text):
    """A broken file of progress counts as empty; a file of another format is not overwritten."""
    file = own_folder / progress.FILE
    file.parent.mkdir()
    file.write_text(text)
    solve("3.1")

    assert ("3.1",) == progress.reached()
    if text == '{"format": "mine"}':
        assert text == file.read_text()


def test_a_step_that_there_is_no_more_is_no_trouble(own_folder, monkeypatch):
    """The present lesson is that of the last step that still exists, where the file of progress knows a later one."""
    solve("3.1")
    note_reached(own_folder, "7.7", "2999-01-01T10:00:00+00:00")
    monkeypatch.setattr(progress, "_records", None)

    assert 3 == present_lesson().number


def test_an_answered_ping_counts_for_its_network_only():
    """After a reset the ping has to be sent again for the step to pass; a step that was reached stays reached."""
    goto("3.10")
    ping("192.168.1.2", netns="test1", count=1)
    lab_reset()
    goto("3.10")
    ping("192.168.1.1", netns="test2", count=1)
    assert "" == progress.record("3.10").reached

    ping("192.168.1.2", netns="test1", count=1)
    assert progress.record("3.10").reached
    assert step_of_now("3.10").passed
    lab_reset()
    step = step_of_now("3.10")
    assert step.reached
    assert not step.passed
    assert "there is no such namespace" in step.facts[0].actual


def test_who_pings_himself_has_reached_nobody():
    """With the two addresses mixed up and lo up, the ping of 3.10 stays in its own namespace, so it does not count."""
    goto("3.8")
    for netns, addr in (("test1", "192.168.1.2/24"), ("test2", "192.168.1.1/24")):
        addr_add(addr, dev=f"veth-{netns}", netns=netns)
        link_up(f"veth-{netns}", netns=netns)
        link_up("lo", netns=netns)
    assert ping("192.168.1.2", netns="test1", count=1)
    assert ping("192.168.1.1", netns="test2", count=1)

    assert "" == progress.record("3.10").reached
    assert "192.168.1.2 is its own address" == check("3.10").failing[0].actual
    assert "192.168.1.2 is its own address" == step_of_now("3.10").facts[0].actual


def test_each_question_is_asked_once():
    """An address that does not answer gets one ping, whose result serves for the check and for the text."""
    goto("3.9")
    heard = []
    watch(heard.append)

    assert not check("3.10")
    assert ["192.168.1.2", "192.168.1.1"] == [result.dst for result in heard]


def step_of_now(number):
    """Return the state of a step, without sending a ping."""
    lesson = open_lesson(int(number.partition(".")[0]))
    return next(step for step in standing(lesson, snapshot()).steps if step.step == number)
