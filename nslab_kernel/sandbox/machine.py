"""The kernel "NS Lab (this machine)": IPython on the real host.

python -P -m nslab_kernel.sandbox.machine -f CONNECTION_FILE
"""

import sys
from pathlib import Path

from nslab_kernel.language import translate as _
from nslab_kernel.linux.lab import MACHINE, REFUSED, Lab, announce, host_inode
from nslab_kernel.linux.process_status import capabilities
from nslab_kernel.sandbox.kernelapp import run_kernel

NEEDED = {"CAP_NET_ADMIN": 12, "CAP_SYS_ADMIN": 21}
"""The capabilities that changing this machine's network needs, with their numbers in linux/capability.h."""


def main() -> None:
    """Start the kernel; without the capabilities, the kernel says so and changes nothing."""
    announce(machine_lab())
    run_kernel(sys.argv[1:], {})


def machine_lab() -> Lab:
    """Return the lab of kind `machine`; without the capabilities, one of kind `refused` with the reason."""
    held = capabilities()
    missing = [name for name, number in NEEDED.items() if not held >> number & 1]
    if not missing:
        return Lab(MACHINE, netns=host_inode(), own_pids=_first_is_on_host())
    rights = _(", ").join(missing)
    reason = _("The kernel NS Lab (this machine) changes this machine's own network, and may not: {rights} is missing.")
    remedy = _('Choose the kernel "NS Lab", which needs no rights; or start JupyterLab as root.')
    return Lab(REFUSED, reason=reason.format(rights=rights), remedy=remedy)


def _first_is_on_host() -> bool:
    try:
        return Path("/proc/1/ns/net").stat().st_ino == host_inode()
    except OSError:
        return False


if __name__ == "__main__":
    main()
