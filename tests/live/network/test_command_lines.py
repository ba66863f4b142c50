"""Command lines from a terminal: snapshot, undo, reset, build, script.

The network is read by the system's own programs (`tests/live/foreign.py`), not by nslab. The command lines are in
`lines.py`; those that need parts of Linux that not every machine has are in `kinds.py`.
"""

import re
import subprocess

import pytest

from nslab_kernel import Change, build, lab_reset, lab_script, netns_add, snapshot, undo
from nslab_kernel.network.config_equality import is_changed
from nslab_kernel.network.snapshot import snapshot as look
from nslab_kernel.sandbox.run_in_sandbox import sandbox_run
from tests.live import foreign
from tests.live.network.kinds import KINDS
from tests.live.network.lines import LINES

of_kinds = (pytest.param(line, marks=pytest.mark.kinds) for line in KINDS)
each_line = pytest.mark.parametrize("typed", [*LINES, *of_kinds], ids=str)


@each_line
def test_it_is_seen_and_taken_back(typed):
    """A snapshot shows the change; undo takes it back, or says what it leaves out, and then the step before it."""
    typed.start()
    look(thorough=typed.is_silent)
    network = netns_add("earlier").after
    before = foreign.look()

    typed.run()
    now = look(thorough=typed.is_silent)
    assert is_changed(network, now)
    assert Change(typed.line, network, now).difference

    is_whole = nothing_left_out(undo(), typed)
    if is_whole:
        assert foreign.look() == before

    undo()
    assert "earlier" not in foreign.names()
    if is_whole:
        assert foreign.look() == foreign.without("earlier", before)


@each_line
def test_it_is_swept_away_and_made_again(typed):
    """`lab_reset` restores the new lab; `build` from the snapshot makes the same network again, and so does the script.

    The script runs in another sandbox, where only the MAC addresses that Linux draws at random may differ.
    """
    born = foreign.look()
    typed.start()
    netns_add("earlier")
    typed.run()
    network, script, there = look(thorough=typed.is_silent), lab_script().text, foreign.outputs()

    lab_reset()
    assert foreign.look() == born

    if nothing_left_out(build(network), typed):
        assert foreign.look() == foreign.as_entries(there)

    made = sandbox_run(lambda: run_script(script), 30)
    if not typed.may_be_left_out:
        assert made == foreign.as_entries(there, keep_random_macs=False)


WAIT_FOR_SYSCTLS = r"\g<0>; until ip netns exec \1 grep -qx 1 /proc/sys/net/ipv4/conf/all/tag; do sleep 0.01; done"
"""Waits for the mark that `nslab_kernel/linux/default_sysctls.py` sets after a namespace's sysctls."""


def nothing_left_out(change, typed):
    """Return whether a Change leaves nothing out; fail if it does although `typed` does not say that it may."""
    assert typed.may_be_left_out or change.left_out == ()
    return not change.left_out


def run_script(text):
    """Run a script and return the network it makes; each `ip netns add` waits until the lab has set the sysctls."""
    text = re.sub(r"^ip netns add (.+)$", WAIT_FOR_SYSCTLS, text, flags=re.MULTILINE)
    finished = subprocess.run(
        ["sh", "-c", text], check=False, capture_output=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    )
    assert finished.returncode == 0, f"{text}\n{finished.stderr.decode(errors='replace')}"
    snapshot()  # a snapshot sets the default sysctls of a namespace that it reads for the first time
    return foreign.as_entries(foreign.outputs(), keep_random_macs=False)
