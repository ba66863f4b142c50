"""User-set entries of bridges and their ports; bridge(8)."""

import socket
import struct
from collections.abc import Iterator, Mapping

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux.entries import FDB, KEPT_OUT, MDB, VLAN, message
from nslab_kernel.linux.link_reader import ReadLink
from nslab_kernel.linux.netlink import Netlink, attribute, attributes, places
from nslab_kernel.linux.uapi import (
    NDA_DST,
    NDA_IFINDEX,
    NDA_LLADDR,
    NDA_PORT,
    NDA_VLAN,
    NDA_VNI,
    NDMSG,
    NTF_EXT_LEARNED,
    NTF_MASTER,
    NTF_SELF,
    NTF_STICKY,
    NUD_NOARP,
    NUD_PERMANENT,
    RTM_GETMDB,
    RTM_GETNEIGH,
    RTM_GETVLAN,
)
from nslab_kernel.model.entry import Entry

_BRIDGE_PORT = struct.Struct("=BxxxI")  # family, index: struct br_vlan_msg
_VLAN_INFO = struct.Struct("=HH")  # flags, vid: struct bridge_vlan_info
_FDB_WORDS = {NTF_SELF: "self", NTF_MASTER: "master", NTF_EXT_LEARNED: "extern_learn", NTF_STICKY: "sticky"}
_VLAN_SETTABLE = 0x6
_VLAN_WORDS = {0x2: "pvid", 0x4: "untagged"}
USUAL_VLANS = _VLAN_INFO.pack(0x6, 1)
"""A bridge and its ports start with VLAN 1, as `pvid untagged`."""
_MDB_ENTRY, _MDB_PERMANENT = struct.Struct("=IBBH16sH2x"), 1  # port, state, flags, vid, address, protocol
_VLANDB_ENTRY, _VLANDB_INFO, _VLANDB_RANGE = 1, 1, 2


def fdb(netlink: Netlink, links: Mapping[int, ReadLink], ifindex: int = 0) -> dict[int, tuple[Entry, ...]]:
    """Read user-set forwarding entries by link, without learnt ones and own addresses; bridge(8).

    Args:
        netlink: In the namespace.
        links: Its links, by number.
        ifindex: Of one link; 0 is all.
    """
    entries: dict[int, tuple[Entry, ...]] = {}
    for data, at, end in netlink.dump_of_link(RTM_GETNEIGH, NDMSG.pack(socket.AF_BRIDGE, ifindex, 0, 0, 0)):
        _family, index, state, flags, _kind = NDMSG.unpack_from(data, at)
        if not state & (NUD_NOARP | NUD_PERMANENT) and not flags & (NTF_EXT_LEARNED | NTF_STICKY):
            continue
        found = attributes(data, at + NDMSG.size, end)
        mac = found.get(NDA_LLADDR, b"")
        if index not in links or _is_own(mac, flags, links[index], links):
            continue
        if links[index].kind == "bridge":  # its own entries need `self`, which no dump has
            flags |= NTF_SELF
        text = _fdb_text(links[index].ifname, found, state, flags, links)
        header = NDMSG.pack(socket.AF_BRIDGE, index, state, flags, _kind)
        entry = Entry(FDB, text, message(header, found, KEPT_OUT))
        entries[index] = (*entries.get(index, ()), entry)
    return entries


def groups(netlink: Netlink, links: Mapping[int, ReadLink]) -> tuple[Entry, ...]:
    """Read the multicast groups that somebody gave to ports of bridges; bridge(8), `mdb`."""
    if not any(link.kind == "bridge" for link in links.values()):
        return ()
    found = []
    for data, at, end in netlink.dump(RTM_GETMDB, _BRIDGE_PORT.pack(socket.AF_BRIDGE, 0)):
        bridge = _BRIDGE_PORT.unpack_from(data, at)[1]
        for told in _nested(data, at + _BRIDGE_PORT.size, end, 3):
            index, state, _flags, vid, address, protocol = _MDB_ENTRY.unpack_from(told)
            if state & _MDB_PERMANENT and index in links and bridge in links:
                family, size = (socket.AF_INET, 4) if protocol == socket.htons(0x0800) else (socket.AF_INET6, 16)
                group = socket.inet_ntop(family, address[:size]) if protocol else address[:6].hex(":")
                words = ["dev", links[bridge].ifname, "port", links[index].ifname, "grp", group, "permanent"]
                words += ["vid", str(vid)] if vid else []
                entry = _MDB_ENTRY.pack(index, state, 0, vid, address, protocol)
                message = _BRIDGE_PORT.pack(socket.AF_BRIDGE, bridge) + attribute(1, entry)
                found.append(Entry(MDB, " ".join(words), message))
    return tuple(found)


def _nested(data: bytes, at: int, end: int, depth: int) -> Iterator[bytes]:
    """Yield the values of attributes nested at this depth, of any kind."""
    for _kind, start, stop in places(data, at, end):
        if depth == 1:
            yield data[start:stop]
        else:
            yield from _nested(data, start, stop, depth - 1)


def vlans(netlink: Netlink, links: Mapping[int, ReadLink]) -> tuple[Entry, ...]:
    """Read the VLANs of bridges and ports, of each that has others than VLAN 1; bridge(8)."""
    if not any(link.kind == "bridge" for link in links.values()):
        return ()
    found: dict[int, bytes] = {
        index: b"" for index, link in links.items() if link.kind == "bridge" or _is_port(link, links)
    }
    try:
        answers = netlink.dump(RTM_GETVLAN, _BRIDGE_PORT.pack(socket.AF_BRIDGE, 0))
    except RefusedByLinux:  # before Linux 5.6
        return ()
    for data, at, end in answers:
        index = _BRIDGE_PORT.unpack_from(data, at)[1]
        found[index] = found.get(index, b"") + b"".join(_vlans(data, at + _BRIDGE_PORT.size, end))
    return tuple(
        Entry(VLAN, _vlan_text(links[index], infos), struct.pack("=I", index) + infos)
        for index, infos in found.items()
        if infos != USUAL_VLANS and index in links
    )


def _is_port(link: ReadLink, links: Mapping[int, ReadLink]) -> bool:
    master = links.get(link.master) if link.master else None
    return bool(master and master.kind == "bridge")


def _is_own(mac: bytes, flags: int, link: ReadLink, links: Mapping[int, ReadLink]) -> bool:
    """Whether Linux added an entry itself: a link's own address, or a group that it listens to."""
    if flags & NTF_SELF and mac and mac[0] & 1:
        return True
    masters = [links[link.master].mac] if link.master in links and link.master else []
    return mac.hex(":") in (link.mac, *masters) and not flags & NTF_EXT_LEARNED


def _fdb_text(ifname: str, found: Mapping[int, bytes], state: int, flags: int, links: Mapping[int, ReadLink]) -> str:
    words = [found.get(NDA_LLADDR, b"").hex(":"), "dev", ifname]
    if dst := found.get(NDA_DST):
        words += ["dst", socket.inet_ntop(socket.AF_INET if len(dst) == 4 else socket.AF_INET6, dst)]
    for kind, word, form in ((NDA_VLAN, "vlan", "=H"), (NDA_PORT, "port", "!H"), (NDA_VNI, "vni", "=I")):
        if kind in found:
            words += [word, str(struct.unpack_from(form, found[kind])[0])]
    if NDA_IFINDEX in found and (via := links.get(struct.unpack("=I", found[NDA_IFINDEX])[0])):
        words += ["via", via.ifname]
    words += [word for bit, word in _FDB_WORDS.items() if flags & bit]
    if not flags & (NTF_SELF | NTF_MASTER):
        words += ["master"]
    return " ".join([*words, "permanent" if state & NUD_PERMANENT else "static"])


def _vlans(data: bytes, at: int, end: int) -> Iterator[bytes]:
    """Yield each VLAN of an answer, with ranges expanded."""
    for kind, start, stop in places(data, at, end):
        if kind == _VLANDB_ENTRY:
            found = attributes(data, start, stop)
            flags, first = _VLAN_INFO.unpack_from(found[_VLANDB_INFO])
            last = struct.unpack("=H", found[_VLANDB_RANGE])[0] if _VLANDB_RANGE in found else first
            for vid in range(first, last + 1):
                yield _VLAN_INFO.pack(flags & _VLAN_SETTABLE, vid)


def _vlan_text(link: ReadLink, infos: bytes) -> str:
    own = ["self"] if link.kind == "bridge" else []
    words = [
        " ".join(["vid", str(vid), *(word for bit, word in _VLAN_WORDS.items() if flags & bit), *own])
        for flags, vid in _VLAN_INFO.iter_unpack(infos)
    ]
    return f"{link.ifname} {', '.join(words) or ' '.join(['no VLAN', *own])}"
