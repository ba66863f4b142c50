"""From inside, traps are laid for those who come from outside: a visitor, the relay of messages, the page."""

import pytest

from tests.attack.from_inside import limits, traps
from tests.attack.machine import LAB, machine
from tests.attack.world import MARK, SECRET

FLOOD = 20_000_000


@pytest.fixture
def trapped(machine):
    """A notebook of its own, for traps that spoil it."""
    machine.ask("end", kernel=LAB)
    yield machine
    machine.ask("end", kernel=LAB)


def test_root_visits_with_no_more_rights_than_the_learners(trapped):
    """Root's `nslab enter` meets a hostile program in the place of the shell: it gets nothing of root's."""
    trapped.attack(LAB, traps.lays_a_trap_for_visitors)

    visit = trapped.ask("enter")

    harms = list(visit["witnessed"])
    if SECRET in visit["printed"]:
        harms.append(f"It read what root alone may read:\n{visit['printed']}")
    if MARK in visit["typed"]:
        harms.append("It typed at root's terminal, where root's own shell will run it.")
    assert not harms, "\n".join(harms)


def test_the_relay_connects_nobody_else(trapped):
    """Links in the place of the sandbox's sockets lead the outer process nowhere."""
    trapped.attack(LAB, traps.swaps_the_relays_sockets)

    assert not trapped.ask("knock", kernel=LAB)["witnessed"]


def test_a_flood_is_cut(trapped):
    """A cell that prints without end does not fill the page, and the notebook goes on."""
    flood = trapped.attack(LAB, limits.floods_the_page, str(FLOOD))

    cut = flood.length < FLOOD
    assert cut, f"All of {FLOOD} characters arrived."
    assert trapped.attack(LAB, limits.floods_the_page, "0").error == ""


def test_a_lone_root_is_told():
    """Where root is the only user there is no lab; the first cell says so, and what to do."""
    with machine("lone") as lone:
        shown = lone.ask("first", kernel=LAB)["said"]

    assert "root" in shown.replace("the cell itself", ""), f"It shows nothing but: {shown!r}"
