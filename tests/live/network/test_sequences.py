"""Hypothesis draws sequences of cells: nslab's functions and `!` lines.

After each sequence one of `PROPERTIES` is checked with the system's own programs, and then a reset must restore the new
lab. `make test` draws the same 300 sequences each time; before a release, run others by hand:

    NSLAB_SEED=$RANDOM NSLAB_SEQUENCES=5000 .venv/bin/pytest tests/live/network/test_sequences.py
"""

import os
import subprocess
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from nslab_kernel import LabError, build, front, lab_reset, lab_script, snapshot, undo
from nslab_kernel.network.snapshot import snapshot as look
from nslab_kernel.sandbox.run_in_sandbox import sandbox_run
from tests.live import foreign
from tests.live.network import lines
from tests.live.network.test_command_lines import run_script

EXAMPLES = int(os.environ.get("NSLAB_SEQUENCES", "300"))
SEED = int(os.environ.get("NSLAB_SEED", "9"))
MOST_UNDOS = 20
NEW_LAB = {}
"""The network of a new lab, as `foreign.look` returns it."""

FUNCTIONS = """
netns_add("n1")
netns_add("n2")
netns_del("n1")
netns_exec("n1", "ip link set dev lo up")
veth_add("a", "b")
veth_add("a", "b", netns="n1")
link_set_netns("a", "n1")
link_set_netns("a", None, netns="n1")
link_rename("b", "c")
link_up("a")
link_up("b")
link_up("a", netns="n1")
link_up("lo", netns="n1")
link_down("a")
link_down("lo")
link_del("a")
link_set_mtu("a", 1400)
link_set_mtu("lo", 1000)
link_set_mac("a", "02:00:00:00:07:01")
bridge_add("br7")
link_up("br7")
link_set_master("b", "br7")
link_set_nomaster("b")
addr_add("10.7.0.1/24", "a")
addr_add("10.7.0.1/24", "a", netns="n1")
addr_add("10.7.0.9/24", "a")
addr_add("fd00:7::1/64", "a")
addr_del("10.7.0.1/24", "a")
addr_del("127.0.0.1/8", "lo")
route_add("10.8.0.0/16", "10.7.0.2")
route_add("default", dev="a")
route_del("10.8.0.0/16")
sysctl_set("net.ipv4.ip_forward", 1)
sysctl_set("net.ipv4.conf.all.rp_filter", 1, netns="n1")
neigh_flush("a")
undo()
""".strip().splitlines()
STATES = (lines.bare, lines.pair, lines.switch, lines.router)
BEGINNINGS = ([], ['netns_add("n1")'], ['netns_add("n1")', 'veth_add("a", "b")'])
"""Cells before the drawn ones, so that most functions find the namespace and the links that they name."""


@st.composite
def sequences(draw):
    """Draw the name of a state, and cells to run in it: functions, and `!` lines for this state.

    Lines whose change Linux does not report are left out: only `undo` sees it, and takes it for the last change.
    """
    state = draw(st.sampled_from(STATES))
    here = [line for line in lines.LINES if line.state is state and not line.is_silent]
    shell = sorted({f"!{line.given}" for line in here if line.given} | {f"!{line.line}" for line in here})
    cell = st.sampled_from(FUNCTIONS) | st.sampled_from(shell)
    return state.__name__, draw(st.sampled_from(BEGINNINGS)) + draw(st.lists(cell, min_size=1, max_size=5))


def run(cell):
    """Run a cell as a notebook does; ignore errors, because a cell that is refused changes nothing."""
    if cell.startswith("!"):
        subprocess.run(["sh", "-ec", cell[1:]], check=False, capture_output=True)
    else:
        with suppress(LabError):
            eval(cell, vars(front))


def last_cell_is_taken_back(typed):
    """Check that one undo takes back the last cell, if it had an effect."""
    *earlier, last = typed
    for cell in earlier:
        run(cell)
    snapshot()
    before = foreign.look()
    run(last)
    if last == "undo()" or foreign.look() == before:
        return
    if nothing_left_out(undo(), typed):
        assert foreign.look() == before


def all_is_taken_back(typed):
    """Check that undo, until nothing is left to undo, leads back to the new lab."""
    for cell in typed:
        run(cell)
    is_whole = True
    with pytest.raises(LabError):
        for _time in range(MOST_UNDOS):
            is_whole &= nothing_left_out(undo(), typed)
    if is_whole:
        assert foreign.look() == NEW_LAB


def it_is_rebuilt(typed):
    """Check that after a reset `build` makes the network of the snapshot again."""
    for cell in typed:
        run(cell)
    network, there = look(thorough=True), foreign.look()
    lab_reset()
    assert foreign.look() == NEW_LAB
    if nothing_left_out(build(network), typed):
        assert foreign.look() == there


def it_is_written_down(typed):
    """Check that the script makes the same network in another sandbox."""
    for cell in typed:
        run(cell)
    text, there = lab_script().text, foreign.as_entries(foreign.outputs(), keep_random_macs=False)
    made = sandbox_run(lambda: run_script(text), 30)
    if not is_about_tun(typed):
        assert unnumbered(made) == unnumbered(there)


def unnumbered(seen):
    """Return the entries without ifindexes: Linux chooses other ones for the interfaces that the script makes."""
    return {key: value for key, value in seen.items() if not key.endswith(" ifindex")}


def nothing_left_out(change, typed):
    """Return whether a Change leaves nothing out; fail if it does without a tun device, which may not be made again."""
    assert is_about_tun(typed) or change.left_out == ()
    return not change.left_out


def is_about_tun(typed):
    return "tuntap" in " ".join(typed)


PROPERTIES = (last_cell_is_taken_back, all_is_taken_back, it_is_rebuilt, it_is_written_down)


def check_property(state, typed, property_check):
    """Make the state in a sandbox, run the cells and check the property, then that a reset restores the lab."""
    getattr(lines, state)()
    property_check(typed)
    lab_reset()
    assert foreign.look() == NEW_LAB


@pytest.mark.outside
def test_properties_hold_for_any_sequence_of_cells():
    """Each property holds; each sequence has its own sandbox, so that no fault is due to what an earlier one left."""
    print(f"NSLAB_SEED={SEED}")
    NEW_LAB.update(sandbox_run(foreign.look))

    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(sequences(), st.sampled_from(PROPERTIES))
    def draw(sequence, property_check):
        sandbox_run(lambda: check_property(*sequence, property_check), 30)

    draw()
