"""User-set entries of bridges and their ports; bridge(8)."""

import contextlib
import socket
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import uapi
from nslab_kernel.linux.entries import DERIVED_ATTRIBUTES, FDB, MDB, VLAN, message
from nslab_kernel.linux.link_reader import ReadLink
from nslab_kernel.linux.netlink import Netlink, attribute, attributes, places
from nslab_kernel.model.entry import Entry

_BRIDGE_PORT = struct.Struct("=BxxxI")  # family, index: struct br_vlan_msg
_VLAN_INFO = struct.Struct("=HH")  # flags, vid: struct bridge_vlan_info
_FDB_WORDS = {
    uapi.NTF_SELF: "self",
    uapi.NTF_MASTER: "master",
    uapi.NTF_EXT_LEARNED: "extern_learn",
    uapi.NTF_STICKY: "sticky",
}
_VLAN_SETTABLE = 0x6
_VLAN_WORDS = {0x2: "pvid", 0x4: "untagged"}
USUAL_VLANS = _VLAN_INFO.pack(0x6, 1)
"""A bridge and its ports start with VLAN 1, as `pvid untagged`."""
_MDB_ENTRY = struct.Struct("=IBBH16sH2x")  # port, state, flags, vid, address, protocol
_MDBA_MDB = 1
_MDB_PERMANENT, _MDB_BLOCKED = 1, 1 << 3
_VLANDB_ENTRY, _VLANDB_INFO, _VLANDB_RANGE = 1, 1, 2


def fdb(netlink: Netlink, links: Mapping[int, ReadLink], ifindex: int = 0) -> dict[int, tuple[Entry, ...]]:
    """Read user-set forwarding entries of one link or all (0), by link; no learnt ones, no own addresses; bridge(8)."""
    entries: dict[int, tuple[Entry, ...]] = {}
    for data, at, end in netlink.dump_of_link(uapi.RTM_GETNEIGH, uapi.NDMSG.pack(socket.AF_BRIDGE, ifindex, 0, 0, 0)):
        _family, index, state, flags, _kind = uapi.NDMSG.unpack_from(data, at)
        if not state & (uapi.NUD_NOARP | uapi.NUD_PERMANENT) and not flags & (uapi.NTF_EXT_LEARNED | uapi.NTF_STICKY):
            continue
        found = attributes(data, at + uapi.NDMSG.size, end)
        mac = found.get(uapi.NDA_LLADDR, b"")
        if index not in links or _is_own(mac, flags, links[index], links):
            continue
        if links[index].kind == "bridge":  # sending its entries again needs `self`, which a dump omits
            flags |= uapi.NTF_SELF
        text = _fdb_text(links[index].ifname, found, state, flags, links)
        header = uapi.NDMSG.pack(socket.AF_BRIDGE, index, state, flags, _kind)
        entry = Entry(FDB, text, message(header, found, DERIVED_ATTRIBUTES))
        entries[index] = (*entries.get(index, ()), entry)
    return entries


def filtered_address(entry: Entry) -> tuple[int, str] | None:
    """Return the ifindex and the MAC if the entry makes an interface accept a further MAC (`self`), else `None`."""
    if entry.shown_by != FDB:
        return None
    _family, index, _state, flags, _kind = uapi.NDMSG.unpack_from(entry.message)
    mac = attributes(entry.message, uapi.NDMSG.size).get(uapi.NDA_LLADDR, b"")
    return (index, mac.hex(":")) if flags & uapi.NTF_SELF else None


def groups(netlink: Netlink, links: Mapping[int, ReadLink]) -> tuple[Entry, ...]:
    """Read the multicast groups that somebody added to ports of bridges; bridge(8), `mdb`."""
    if not any(link.kind == "bridge" for link in links.values()):
        return ()
    given = []
    for data, at, end in netlink.dump(uapi.RTM_GETMDB, _BRIDGE_PORT.pack(socket.AF_BRIDGE, 0)):
        bridge = _BRIDGE_PORT.unpack_from(data, at)[1]
        listed = attributes(data, at + _BRIDGE_PORT.size, end).get(_MDBA_MDB, b"")  # MDBA_ROUTER is skipped
        for told in _nested(listed, 0, len(listed), 2):
            index, state, flags = _MDB_ENTRY.unpack_from(told)[:3]
            if state & _MDB_PERMANENT and not flags & _MDB_BLOCKED and index in links and bridge in links:
                given.append(_Group.read(bridge, told))
    # For each address in a group's source list, Linux itself adds a group with that source.
    derived = {(*group.where, source) for group in given for source in group.sources}
    return tuple(group.entry(links) for group in given if (*group.where, group.source) not in derived)


class _Group(NamedTuple):
    """A multicast group that was added to a port: `(*, G)`, or `(S, G)` with a source (RFC 4607, section 1)."""

    bridge: int
    port: int
    vid: int
    address: bytes
    protocol: int
    source: bytes
    sources: tuple[bytes, ...]
    """The source list: the senders that are let in, or kept out, as `mode` says."""
    mode: int
    """The filter mode of `sources`, MCAST_EXCLUDE or MCAST_INCLUDE; linux/in.h."""
    by: int
    """The number of the routing protocol that added the group."""

    @classmethod
    def read(cls, bridge: int, told: bytes) -> "_Group":
        """Parse a struct br_mdb_entry and the attributes behind it; linux/if_bridge.h."""
        port, _state, _flags, vid, address, protocol = _MDB_ENTRY.unpack_from(told)
        size = {socket.htons(0x0800): 4, socket.htons(0x86DD): 16}.get(protocol, 6)
        found = attributes(told, _MDB_ENTRY.size)
        listed = found.get(uapi.MDBA_MDB_EATTR_SRC_LIST, b"")
        sources = (attributes(listed, start, stop)[1] for _kind, start, stop in places(listed))
        given = tuple(sources)[::-1]  # Linux lists the newest first
        mode = found.get(uapi.MDBA_MDB_EATTR_GROUP_MODE, b"\0")[0]
        by = found.get(uapi.MDBA_MDB_EATTR_RTPROT, bytes([uapi.RTPROT_STATIC]))[0]
        source = found.get(uapi.MDBA_MDB_EATTR_SOURCE, b"")
        return cls(bridge, port, vid, address[:size], protocol, source, given, mode, by)

    @property
    def where(self) -> tuple[int, int, bytes]:
        return self.port, self.vid, self.address

    def entry(self, links: Mapping[int, ReadLink]) -> Entry:
        """Return an Entry with the words that `bridge mdb` takes, and the message that adds the group again."""
        words = ["dev", links[self.bridge].ifname, "port", links[self.port].ifname, "grp", _shown(self.address)]
        words += ["src", _shown(self.source)] if self.source else []
        words += ["permanent", *(["vid", str(self.vid)] if self.vid else [])]
        given = attribute(uapi.MDBE_ATTR_SOURCE, self.source) if self.source else b""
        if self.sources:
            words += ["filter_mode", "include" if self.mode else "exclude"]
            words += ["source_list", ",".join(map(_shown, self.sources))]
            listed = (attribute(uapi.NLA_F_NESTED | 1, attribute(1, source)) for source in self.sources)
            given += attribute(uapi.NLA_F_NESTED | uapi.MDBE_ATTR_SRC_LIST, b"".join(listed))
            given += attribute(uapi.MDBE_ATTR_GROUP_MODE, bytes([self.mode]))
        if self.by != uapi.RTPROT_STATIC:
            words += ["proto", str(self.by)]
            given += attribute(uapi.MDBE_ATTR_RTPROT, bytes([self.by]))
        told = _MDB_ENTRY.pack(self.port, _MDB_PERMANENT, 0, self.vid, self.address, self.protocol)
        message = _BRIDGE_PORT.pack(socket.AF_BRIDGE, self.bridge) + attribute(1, told)
        return Entry(MDB, " ".join(words), message + (attribute(uapi.NLA_F_NESTED | 2, given) if given else b""))


def _shown(address: bytes) -> str:
    families = {4: socket.AF_INET, 16: socket.AF_INET6}
    return socket.inet_ntop(families[len(address)], address) if len(address) in families else address.hex(":")


def _nested(data: bytes, at: int, end: int, depth: int) -> Iterator[bytes]:
    """Yield the values of attributes nested at this depth, of any kind."""
    for _kind, start, stop in places(data, at, end):
        if depth == 1:
            yield data[start:stop]
        else:
            yield from _nested(data, start, stop, depth - 1)


def has_vlans(netlink: Netlink) -> bool:
    """Return whether Linux reports the VLANs of bridges: it may be built without them, or older than 5.6."""
    try:
        netlink.dump(uapi.RTM_GETVLAN, _BRIDGE_PORT.pack(socket.AF_BRIDGE, 0))
    except RefusedByLinux:
        return False
    return True


def vlans(netlink: Netlink, links: Mapping[int, ReadLink]) -> tuple[Entry, ...]:
    """Read the VLANs of those bridges and ports that do not have just the default, VLAN 1; bridge(8)."""
    if not any(link.kind == "bridge" for link in links.values()):
        return ()
    found: dict[int, bytes] = {
        index: b"" for index, link in links.items() if link.kind == "bridge" or _is_port(link, links)
    }
    for data, at, end in netlink.dump(uapi.RTM_GETVLAN, _BRIDGE_PORT.pack(socket.AF_BRIDGE, 0)):
        index = _BRIDGE_PORT.unpack_from(data, at)[1]
        found[index] = found.get(index, b"") + b"".join(_vlans(data, at + _BRIDGE_PORT.size, end))
    return tuple(
        Entry(VLAN, _vlan_text(links[index], infos), struct.pack("=I", index) + infos)
        for index, infos in found.items()
        if infos != USUAL_VLANS and index in links
    )


def set_vlans(entry: Entry, is_wanted: bool) -> None:
    """Give a bridge or a port, in the thread's namespace, exactly the entry's VLANs, or else the default ones.

    Raises:
        RefusedByLinux: Linux refused.
    """
    index, wanted = struct.unpack_from("=I", entry.message)[0], entry.message[4:] if is_wanted else USUAL_VLANS
    header, nested = _BRIDGE_PORT.pack(socket.AF_BRIDGE, index), uapi.NLA_F_NESTED | _VLANDB_ENTRY
    all_of_them = attribute(_VLANDB_INFO, _VLAN_INFO.pack(0, 1)) + attribute(_VLANDB_RANGE, struct.pack("=H", 4094))
    with Netlink() as netlink:
        with contextlib.suppress(RefusedByLinux):  # it has no VLAN
            netlink.change(uapi.RTM_DELVLAN, header + attribute(nested, all_of_them))
        for info in _VLAN_INFO.iter_unpack(wanted):
            one = attribute(_VLANDB_INFO, _VLAN_INFO.pack(*info))
            netlink.change(uapi.RTM_NEWVLAN, header + attribute(nested, one))


def _is_port(link: ReadLink, links: Mapping[int, ReadLink]) -> bool:
    master = links.get(link.master) if link.master else None
    return bool(master and master.kind == "bridge")


def _is_own(mac: bytes, flags: int, link: ReadLink, links: Mapping[int, ReadLink]) -> bool:
    """Return whether Linux added the entry itself: the link's own address, or a group that it listens to."""
    if flags & uapi.NTF_SELF and mac and mac[0] & 1:
        return True
    masters = [links[link.master].mac] if link.master in links and link.master else []
    return mac.hex(":") in (link.mac, *masters) and not flags & uapi.NTF_EXT_LEARNED


def _fdb_text(ifname: str, found: Mapping[int, bytes], state: int, flags: int, links: Mapping[int, ReadLink]) -> str:
    words = [found.get(uapi.NDA_LLADDR, b"").hex(":"), "dev", ifname]
    if dst := found.get(uapi.NDA_DST):
        words += ["dst", socket.inet_ntop(socket.AF_INET if len(dst) == 4 else socket.AF_INET6, dst)]
    numbers = (uapi.NDA_VLAN, "vlan", "=H"), (uapi.NDA_PORT, "port", "!H"), (uapi.NDA_VNI, "vni", "=I")
    for kind, word, form in (*numbers, (uapi.NDA_NH_ID, "nhid", "=I")):
        if kind in found:
            words += [word, str(struct.unpack_from(form, found[kind])[0])]
    if uapi.NDA_IFINDEX in found and (via := links.get(struct.unpack("=I", found[uapi.NDA_IFINDEX])[0])):
        words += ["via", via.ifname]
    words += [word for bit, word in _FDB_WORDS.items() if flags & bit]
    if not flags & (uapi.NTF_SELF | uapi.NTF_MASTER):
        words += ["master"]
    return " ".join([*words, "permanent" if state & uapi.NUD_PERMANENT else "static"])


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
