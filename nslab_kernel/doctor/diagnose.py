"""Sends a packet, and finds out why there is no answer."""

from dataclasses import replace

from nslab_kernel.doctor import names
from nslab_kernel.doctor.causes import causes
from nslab_kernel.doctor.evidence import Case, send
from nslab_kernel.doctor.large import large
from nslab_kernel.doctor.proof import proof
from nslab_kernel.doctor.stages import chain
from nslab_kernel.linux.argument_checks import check_range
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.diagnosis import Diagnosis
from nslab_kernel.model.journey_result import SILENT, Journey
from nslab_kernel.model.network import Network
from nslab_kernel.network.record import attach_command, fill, require_namespace
from nslab_kernel.network.snapshot import snapshot

_TIMEOUT_S = 1.0
_TRY = 'why("192.168.1.2", netns="test1", port=80)'


def diagnose(dst: str, netns: str | None, port: int | None) -> Diagnosis:
    """Return the diagnosis of `why`."""
    with attach_command(fill("ping -c 1 {dst}", {"dst": dst, "netns": netns})):
        require_lab()
        is_name = names.is_name(dst)
        if port is not None:
            check_range("port", port, int, 1, 65535, _TRY)
        require_namespace(netns)
        network = snapshot()
        start = network.namespace(netns).name
        addr = names.address_of(dst, start) if is_name else dst
        if not addr:
            return _unnamed(dst, netns, port, network)
        found = _diagnosed(addr, netns, port, network)
    return replace(found, dst=dst)


def _diagnosed(dst: str, netns: str | None, port: int | None, network: Network) -> Diagnosis:
    case = Case(send(Journey(dst, netns, port, "", network, SILENT), _TIMEOUT_S))
    lost = large(case) if case.journey else None
    if case.journey and not lost:
        return Diagnosis(True, (), dst, netns, port, chain(case, None), case.network)
    case, finding = lost or (case, next(causes(case)))
    return Diagnosis(False, (finding,), dst, netns, port, chain(case, finding), case.network, proof(case, finding))


def _unnamed(name: str, netns: str | None, port: int | None, network: Network) -> Diagnosis:
    """Return the diagnosis of an unknown name; its first finding is why the name server does not answer, if so."""
    start = network.namespace(netns).name
    mute = [_diagnosed(server, netns, None, network) for server in names.servers(start)[:1]]
    before = [finding for found in mute for finding in found.findings]
    return Diagnosis(False, (*before, names.unknown(name, start)), name, netns, port, (), network)
