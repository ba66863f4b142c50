"""Attacks on a visitor, the relay of messages, the page, and another lab of the same account; each has its control."""

import pytest

from tests.attack.from_inside import limits, neighbours, traps
from tests.attack.machine import BESIDE, LAB, NAMED, PLAIN, machine
from tests.attack.world import MARK, SECRET

FLOOD = 20_000_000


@pytest.fixture
def trapped(machine):
    """Yield the machine with a new notebook, and end the notebooks afterwards, because traps spoil them."""
    machine.ask("end", kernel=LAB)
    yield machine
    for kernel in (LAB, BESIDE, NAMED):
        machine.ask("end", kernel=kernel)


def test_root_visits_with_no_more_rights_than_the_learners(trapped):
    """A hostile program in place of the shell gets nothing of root's when root runs `nslab enter`."""
    trapped.attack(LAB, traps.lays_a_trap_for_visitors)

    harms = harms_of(trapped.ask("enter", by="nslab"))

    assert not harms, "\n".join(harms)


def test_root_who_gives_up_nothing_is_trapped(trapped):
    """Control: the same program gets what is root's when root enters by plain nsenter(1)."""
    trapped.attack(LAB, traps.lays_a_trap_for_visitors)

    assert harms_of(trapped.ask("enter", by="nsenter"))


def harms_of(visit):
    """Return what the hostile program got out of a visit, and check that the program ran."""
    assert traps.RAN in visit["printed"], visit["printed"]
    harms = list(visit["witnessed"])
    if SECRET in visit["printed"]:
        harms.append(f"It read what root alone may read:\n{visit['printed']}")
    if MARK in visit["typed"]:
        harms.append("It typed at root's terminal, where root's own shell will run it.")
    return harms


def test_the_relay_connects_nobody_else(trapped):
    """The outer process does not follow links that replace the sandbox's sockets."""
    trapped.attack(LAB, traps.swaps_the_relays_sockets)

    assert not trapped.ask("knock", kernel=LAB)["witnessed"]


def test_who_connects_by_a_name_is_led_elsewhere(trapped):
    """Control: with a plain kernel whose sockets have paths, a page's connection reaches a service of the machine."""
    trapped.attack(NAMED, traps.swaps_the_relays_sockets)

    assert trapped.ask("knock", kernel=NAMED)["witnessed"]


def test_a_flood_is_cut(trapped):
    """The output of a cell that prints 20 MB is cut, and the notebook goes on."""
    flood = trapped.attack(LAB, limits.floods_the_page, str(FLOOD))

    cut = flood.length < FLOOD
    assert cut, f"All of {FLOOD} characters arrived."
    assert trapped.attack(LAB, limits.floods_the_page, "0").error == ""


def test_a_plain_kernel_cuts_no_flood(trapped):
    """Control: with a plain kernel all of the output arrives."""
    assert trapped.attack(PLAIN, limits.floods_the_page, str(FLOOD)).length >= FLOOD


@pytest.fixture
def neighboured(trapped):
    """Yield the machine with another lab of the same account that has secrets in it."""
    assert not trapped.attack(BESIDE, neighbours.moves_in).error
    return trapped


def test_a_lab_beside_is_out_of_reach(neighboured):
    """Nothing leads from one lab into another of the same account."""
    assert not neighboured.attack(LAB, neighbours.calls_next_door).harms


def test_a_plain_kernel_reaches_a_lab(neighboured):
    """Control: a process of the same account that is in no lab reads the secrets of the other lab."""
    assert neighboured.attack(PLAIN, neighbours.calls_next_door).harms


NO_LAB, TO_DO = "There is no lab in this notebook.", "Start JupyterLab as an ordinary user, or give the container"


def test_a_lone_root_is_told(builder):
    """Where root is the only mapped user there is no lab; the first cell says so, and what to do."""
    with machine("lone") as lone:
        shown = lone.ask("first", kernel=LAB)["said"]

    assert NO_LAB in shown and TO_DO in shown


def test_whoever_gets_a_lab_is_told_no_such_thing(trapped):
    """Control: in the other launches the first cell shows neither sentence."""
    shown = trapped.ask("first", kernel=LAB)["said"]

    assert NO_LAB not in shown and TO_DO not in shown
    assert shown.endswith("the cell itself\n")
