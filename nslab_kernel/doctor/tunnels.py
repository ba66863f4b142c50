"""Faults of VXLAN tunnels: VNI, remote, port, outer packets."""

from collections.abc import Iterator
from shlex import quote
from typing import Any

from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.addresses import down, usual
from nslab_kernel.doctor.evidence import Case, Stand
from nslab_kernel.doctor.findings import found
from nslab_kernel.doctor.traced import filtered, watch
from nslab_kernel.doctor.wires import hindrance
from nslab_kernel.model.diagnosis import Finding, Fix, Place
from nslab_kernel.model.network import End

_WORDS = (("vni_differs", "id", "id"), ("tunnel_port", "dstport", "port"))


def tunnelled(case: Case, stand: Stand, start: End, goal: End) -> Iterator[Finding]:
    """Yield what is wrong with the tunnel between the segments of two interfaces, if there is one."""
    near, far = (_vxlan(case, end) for end in (start, goal))
    if not near or not far:
        return
    yield from hindrance(case, start, [near], stand)
    for end in (near, far):
        if not case.link(end).up:
            yield down(case, end, stand)
    here, there = case.details(near), case.details(far)
    if not here or not there:  # no answer in time proves nothing
        return
    for id, word, key in _WORDS:
        if here.get(key) != there.get(key):
            words = f"{word} {here.get(key)}", f"{word} {there.get(key)}"
            fix = tuple(_recreate(case, far, {**there, key: here.get(key)}))
            yield found(stand, id, Place(*far), *words, fix, word, near)
    for end, other in ((near, far), (far, near)):
        yield from _remote(case, end, other, stand)
    watch(case, case.network.namespaces, "udp")
    for netns in case.network.namespaces:
        for addr in remotes(case, near) + remotes(case, far):
            yield from filtered(case, netns, Stand(netns, "", addr), protocol="udp")
    yield from hindrance(case, far, [goal], stand)


def _vxlan(case: Case, end: End) -> End | None:
    return next((one for one, link in case.segments.ends(end) if link.kind == "vxlan"), None)


def remotes(case: Case, end: End) -> list[str]:
    """Return where a tunnel sends broadcasts: its remote, and the entries for them in its forwarding database."""
    entries = [entry.get("dst", "") for entry in _entries(case, end) if entry.get("mac") == "00:00:00:00:00:00"]
    return [one for one in [*_remote_options(case.details(end)), *entries] if one]


def _remote_options(options: dict[str, Any]) -> list[str]:
    return [options[key] for key in ("remote", "remote6") if options.get(key)]


def _entries(case: Case, end: End) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = case.json_output(end.netns, f"bridge -j fdb show dev {quote(end.ifname)}")
    return entries


def is_local(case: Case, addr: str) -> bool:
    """Return whether an address is the `local` option of a tunnel, even if no interface has it."""
    ends = [end for end, link in case.segments.links.items() if link.kind == "vxlan"]
    return any(addr == _local(case, end) for end in ends)


def _local(case: Case, end: End) -> str:
    options = case.details(end)
    return options.get("local") or options.get("local6") or ""


def _remote(case: Case, end: End, other: End, stand: Stand) -> Iterator[Finding]:
    """Yield the finding that a tunnel's remote is not the other end's address."""
    given = remotes(case, end)
    if any(one.netns == other.netns for addr in given for one in case.having(addr)):
        return
    family = 6 if given and ":" in given[0] else 4
    links = [link for _end, link in case.segments.of_namespace(other.netns) if link.kind != "bridge"]
    mine = [addr.partition("/")[0] for link in links for addr in usual(link, family)]
    right = _local(case, other) or next(iter(mine), "")
    if right in given:  # the remote is right, but no interface has it
        return
    fix: tuple[Fix, ...] = ()
    if right and _remote_options(case.details(end)):
        fix = (fixes.run(end.netns, f"ip link set dev {quote(end.ifname)} type vxlan remote {right}"),)
    elif right:
        fix = (fixes.run(end.netns, f"bridge fdb append 00:00:00:00:00:00 dev {quote(end.ifname)} dst {right}"),)
    actual = f"remote {given[0]}" if given else "no remote"
    yield found(stand, "tunnel_remote", Place(*end), f"remote {right}", actual, fix, right, other)


def _recreate(case: Case, end: End, options: dict[str, Any]) -> Iterator[Fix]:
    """Yield the lines that delete a tunnel and add it with other options: VNI and port cannot be changed."""
    link = case.link(end)
    words = [f"type vxlan id {options['id']} dstport {options['port']}"]
    words += [f"{key} {options[key]}" for key in ("local", "remote", "local6", "remote6") if options.get(key)]
    words += [f"dev {options['link']}"] if options.get("link") else []
    yield fixes.run(end.netns, f"ip link del dev {quote(end.ifname)}")
    yield fixes.run(end.netns, f"ip link add dev {quote(end.ifname)} {' '.join(words)}")
    if link.master:
        yield fixes.set_master(end, link.master)
    yield from (fixes.addr_add(end, addr) for addr in usual(link))
    yield fixes.link_up(end)
    for entry in _entries(case, end):
        if (
            "dst" in entry
            and entry.get("state") in ("permanent", "static")
            and entry["dst"] not in _remote_options(options)
        ):
            yield fixes.run(end.netns, f"bridge fdb append {entry['mac']} dev {quote(end.ifname)} dst {entry['dst']}")
