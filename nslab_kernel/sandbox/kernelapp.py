"""The IPython kernel, on sockets that listen already in the lab.

Two private methods of ipykernel are replaced, `IPKernelApp._try_bind_socket` and `Heartbeat._try_bind_socket`, and the
class `Heartbeat` in `ipykernel.kernelapp`: nothing public takes a socket that listens already. They are the reason for
the upper bound of ipykernel in pyproject.toml.

To propose to ipykernel: a method `bind_socket(name, socket, port)` of the application, which subclasses may replace,
for all five sockets, and a trait for the class of the heartbeat. The proposal would have to show that randomly chosen
ports still reach the connection file, and that the debugger finds the endpoint of the shell socket.
"""

from typing import Any

import ipykernel.kernelapp
import zmq
from ipykernel.heartbeat import Heartbeat
from ipykernel.kernelapp import IPKernelApp

from nslab_kernel.linux.lab import REFUSED, lab
from nslab_kernel.sandbox.shortcomings import banner
from nslab_kernel.sandbox.user_limits import cannot_start

_DESCRIPTORS: dict[int, int] = {}


def run_kernel(arguments: list[str], descriptors: dict[int, int]) -> None:
    """Run an IPython kernel in this process until it is shut down.

    Args:
        arguments: The command line, as ipykernel takes it.
        descriptors: Unix sockets that listen already, by the port that Jupyter knows; the kernel binds the others.

    Raises:
        SystemExit: The kernel cannot start; the message says why.
    """
    _DESCRIPTORS.update(descriptors)
    app: Any = LabKernelApp.instance()
    try:
        app.initialize(arguments)
    except OSError as error:  # a port is taken, a disk is full
        raise cannot_start(error) from None
    app.start()


class HandedHeartbeat(Heartbeat):
    """The heartbeat, on a socket that listens already."""

    def _try_bind_socket(self) -> Any:
        if self.port not in _DESCRIPTORS:
            return super()._try_bind_socket()  # type: ignore[no-untyped-call]
        return _bind(self.socket, self.port)


class LabKernelApp(IPKernelApp):
    """The kernel's application: uses the sockets in `_DESCRIPTORS`, and loads the extension `nslab_kernel`."""

    outstream_class = "nslab_kernel.sandbox.output.LimitedStream"

    def _try_bind_socket(self, s: Any, port: int) -> int:
        if port not in _DESCRIPTORS:
            return int(super()._try_bind_socket(s, port))  # type: ignore[no-untyped-call]
        _bind(s, port)
        if s is self.shell_socket:
            # The debugger connects to the last endpoint; it cannot use the Unix socket, whose name was removed.
            s.bind("inproc://nslab-shell")
        return port

    def init_heartbeat(self) -> None:
        """Start the heartbeat on a socket that listens already."""
        module: Any = ipykernel.kernelapp
        original, module.Heartbeat = module.Heartbeat, HandedHeartbeat
        try:
            super().init_heartbeat()  # type: ignore[no-untyped-call]
        finally:
            module.Heartbeat = original

    def init_extensions(self) -> None:
        """Load the profile's extensions, then nslab's; if the lab lacks something, say so before the first cell."""
        self.extra_extensions = [*self.extra_extensions, "nslab_kernel"]
        super().init_extensions()  # type: ignore[no-untyped-call]
        if lab().kind == REFUSED or lab().reason:
            _explain_before_first_cell(self.shell)


def _bind(socket: Any, port: int) -> Any:
    socket.setsockopt(zmq.USE_FD, _DESCRIPTORS[port])
    return socket.bind(f"ipc:///run/nslab/{port}")


def _explain_before_first_cell(shell: Any) -> None:
    def explain(info: object) -> None:
        shell.events.unregister("pre_run_cell", explain)
        shell.display_pub.publish(banner(lab()))

    shell.events.register("pre_run_cell", explain)
