"""What a learner types in a terminal: seen, taken back, reset, rebuilt and written down.

Judged by the system's own programs (`tests/live/foreign.py`), not by nslab's own reader. The lines stand in `lines.py`,
and in `kinds.py` those about what not every Linux has.
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
    """The first undo takes the line back, or says what it leaves out; the second takes back the step before it."""
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
    """A reset leaves the lab as it was born. A build of the snapshot makes the same again, and so does sh elsewhere.

    The script is run in another sandbox; what differs there is MAC addresses drawn by chance.
    """
    born = foreign.look()
    typed.start()
    netns_add("earlier")
    typed.run()
    network, script, there = look(thorough=typed.is_silent), lab_script().text, foreign.texts()

    lab_reset()
    assert foreign.look() == born

    if nothing_left_out(build(network), typed):
        assert foreign.look() == foreign.seen(there)

    made = sandbox_run(lambda: elsewhere(script), 30)
    if not typed.may_be_left_out:
        assert made == foreign.seen(there, drawn=False)


UNTIL_ITS_SWITCHES_ARE_SET = (
    r"\g<0>; until ip netns exec \1 grep -qx 1 /proc/sys/net/ipv4/conf/all/tag; do sleep 0.01; done"
)
"""`nslab_kernel/linux/default_sysctls.py` marks a namespace so."""


def nothing_left_out(change, typed):
    """Return whether a Change is whole; any must be, but where the line is about what cannot always be made again."""
    assert typed.may_be_left_out or change.left_out == ()
    return not change.left_out


def elsewhere(text):
    """Run a script as another machine would, where nobody sets switches of a namespace a moment after it was made."""
    text = re.sub(r"^ip netns add (.+)$", UNTIL_ITS_SWITCHES_ARE_SET, text, flags=re.MULTILINE)
    finished = subprocess.run(
        ["sh", "-c", text], check=False, capture_output=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    )
    assert finished.returncode == 0, f"{text}\n{finished.stderr.decode(errors='replace')}"
    snapshot()  # a lab sets some switches of a namespace where it meets it
    return foreign.seen(foreign.texts(), drawn=False)
