"""Queueing disciplines, classes and filters that somebody made; tc(8)."""

import struct
from collections.abc import Iterator, Mapping
from itertools import pairwise

from nslab_kernel.linux import tc_actions, uapi
from nslab_kernel.linux.entries import CLASS, FILTER, QDISC, shown
from nslab_kernel.linux.link_reader import ReadLink
from nslab_kernel.linux.netlink import Answers, Netlink, attributes, packed
from nslab_kernel.model.entry import Entry

_TRAFFIC = struct.Struct("=BxxxiIII")  # family, index, handle, parent, info
_HTB_INIT = struct.Struct("=IIIII")  # version, r2q, default class, debug, packets counted
_TCA_HTB_INIT, _U32_ROOT = 2, 0x80000000
_FILTER_TOLD = {b"u32": (9, 11), b"matchall": (3, 4), b"flower": (22,), b"basic": (4,)}
"""Read-only options: hardware offload, counters."""
_CODEL_TIMES = {b"codel\0": {1, 3, 5}, b"fq_codel\0": {1, 3, 7}}
"""Target, interval, threshold, in microseconds."""
_CLSACT, _CLSACT_PARENTS = 0xFFFF0000, (0xFFFFFFF2, 0xFFFFFFF3)
_TRAFFIC_KEPT = (
    *(uapi.TCA_KIND, uapi.TCA_OPTIONS, uapi.TCA_STAB, uapi.TCA_CHAIN),
    *(uapi.TCA_INGRESS_BLOCK, uapi.TCA_EGRESS_BLOCK),
)


def queues(netlink: Netlink, links: Mapping[int, ReadLink]) -> tuple[Entry, ...]:
    """Read queueing disciplines, classes and filters that somebody made; tc(8)."""
    found = netlink.dump(uapi.RTM_GETQDISC, bytes(_TRAFFIC.size))
    made = [_TRAFFIC.unpack_from(data, at)[2] != 0 for data, at, _end in found]
    if not any(made):
        return ()
    entries = list(_traffic(QDISC, found, shown(["tc", "qdisc", "show"]), made))
    for (data, at, _end), is_made in zip(found, made, strict=True):
        _family, index, handle, _parent, _info = _TRAFFIC.unpack_from(data, at)
        if is_made and index in links:
            entries += _classes_and_filters(netlink, links[index], handle)
    return tuple(dict.fromkeys(entries))


def _traffic(shown_by: str, found: Answers, lines: list[str], made: list[bool]) -> Iterator[Entry]:
    starts = [line for line in lines if line.startswith(shown_by.split()[1])]
    for (data, at, end), text, is_made in zip(found, starts, made, strict=False):
        if is_made:
            kept = attributes(data, at + _TRAFFIC.size, end, _TRAFFIC_KEPT)
            family, index, handle, parent, info = _TRAFFIC.unpack_from(data, at)
            if shown_by != QDISC and (uapi.TCA_OPTIONS not in kept or handle == _U32_ROOT):
                continue  # Linux made it with its discipline, or with the first filter
            if shown_by == QDISC and uapi.TCA_OPTIONS in kept:
                kept[uapi.TCA_OPTIONS] = _qdisc(kept[uapi.TCA_KIND], kept[uapi.TCA_OPTIONS])
            if shown_by == FILTER:
                kept[uapi.TCA_OPTIONS] = _filter(kept[uapi.TCA_KIND].rstrip(b"\0"), kept[uapi.TCA_OPTIONS])
            # `info` is a reference count, but of a filter its priority and protocol.
            header = _TRAFFIC.pack(family, index, handle, parent, info if shown_by == FILTER else 0)
            yield Entry(shown_by, text, header + packed(kept))


def _filter(kind: bytes, options: bytes) -> bytes:
    """Return a filter's options without hardware state and counters."""
    found = attributes(options)
    for told in _FILTER_TOLD.get(kind, ()):
        found.pop(told, None)
    at = tc_actions.OF_FILTER.get(kind)
    if at in found:
        found[at] = tc_actions.without_counters(found[at])
    return packed(found)


def _qdisc(kind: bytes, options: bytes) -> bytes:
    """Return a discipline's options as Linux accepts them, which may differ from its report."""
    if kind == b"htb\0":
        return _htb(options)
    if kind in _CODEL_TIMES:
        found = attributes(options)
        for time in _CODEL_TIMES[kind] & found.keys():
            # Linux stores units of 1024 ns and reports them rounded down; add 1 to get the same unit.
            found[time] = struct.pack("=I", struct.unpack("=I", found[time])[0] + 1)
        return packed(found)
    return options


def _htb(options: bytes) -> bytes:
    """Return an htb's options as Linux accepts them: the version in another form, and no packet counter."""
    found = attributes(options)
    version, r2q, default, debug, _counted = _HTB_INIT.unpack(found[_TCA_HTB_INIT])
    found[_TCA_HTB_INIT] = _HTB_INIT.pack(version >> 16, r2q, default, debug, 0)
    return packed(found)


def _classes_and_filters(netlink: Netlink, link: ReadLink, handle: int) -> Iterator[Entry]:
    asked = _TRAFFIC.pack(0, link.ifindex, 0, 0, 0)
    if classes := netlink.dump_of_link(uapi.RTM_GETTCLASS, asked):
        lines = [f"{line} dev {link.ifname}" for line in shown(["tc", "class", "show", "dev", link.ifname])]
        yield from _traffic(CLASS, classes, lines, [True] * len(classes))
    for parent in (*_CLSACT_PARENTS, handle) if handle == _CLSACT else (handle,):
        if filters := netlink.dump_of_link(uapi.RTM_GETTFILTER, _TRAFFIC.pack(0, link.ifindex, 0, parent, 0)):
            where = f"parent {parent >> 16:x}:{f'{parent & 0xFFFF:x}' if parent & 0xFFFF else ''}"
            lines = shown(["tc", "filter", "show", "dev", link.ifname, *where.split()])
            yield from _traffic(FILTER, filters, list(_items(lines, where, link.ifname)), [True] * len(filters))


def _items(lines: list[str], where: str, ifname: str) -> Iterator[str]:
    """Join the lines of each filter into one, and add its parent and its interface."""
    starts = [i for i, line in enumerate(lines) if line.startswith("filter")]
    for start, end in pairwise([*starts, len(lines)]):
        item = " ".join(lines[start:end]).removeprefix("filter ")
        yield f"filter {item if item.startswith('parent') else f'{where} {item}'} dev {ifname}"
