"""The kernel "NS Lab (this machine)"; its machine is a sandbox here."""

from pathlib import Path

from tests.live.sandbox import launches
from tests.live.sandbox.notebook import notebook

LAB = "from nslab_kernel.linux.lab import lab; found = lab(); print(found.kind, found.own_pids)"


def test_it_works_on_the_host_itself():
    """The kernel's host is the machine's: a namespace that a cell adds stays when the kernel ends."""
    with notebook(name="nslab-machine") as kernel:
        assert kernel.run(LAB) == "machine True\n"
        kernel.run("!ip netns add x")

    assert Path("/run/netns/x").exists()


def test_without_rights_it_explains_itself():
    """Without the capabilities for it a plain kernel starts, which says what is missing, and changes nothing."""
    with notebook(name="nslab-machine", prefix=launches.no_capabilities) as kernel:
        shown = kernel.run(LAB)

    assert "CAP_NET_ADMIN, CAP_SYS_ADMIN is missing." in shown
    assert 'Choose the kernel "NS Lab"' in shown
    assert shown.endswith("refused False\n")


def test_the_other_kernel_makes_a_lab_in_a_lab():
    """The kernel "NS Lab" can make its lab on a machine that is a sandbox itself."""
    with notebook() as kernel:
        assert kernel.run(LAB).endswith("sandbox True\n")
        kernel.run("!ip netns add inner")

    assert not Path("/run/netns/inner").exists()
