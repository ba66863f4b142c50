"""The identity of entries, and the order in which they are made."""

import struct
from collections.abc import Callable

from nslab_kernel.linux import entries
from nslab_kernel.model.entry import Entry
from nslab_kernel.model.network import Namespace


def entries_by_key(namespace: Namespace) -> dict[tuple[str, bool, bytes, str | None], Entry]:
    """Return entries by their identity, which excludes the text because that contains counters.

    The identity of an FDB or VLAN entry includes its port's bridge: Linux deletes it when the port leaves the bridge.
    """
    masters = {link.ifindex: link.master for link in namespace.links}
    return {
        (entry.shown_by, entry.is_lack, entry.message, _master(entry, masters)): entry for entry in namespace.entries
    }


def depth_in(among: list[Entry]) -> Callable[[Entry], int]:
    """Return a function that gives the depth of a qdisc or class in its tree, as parents are made first; tc(8)."""
    disciplines = {_traffic(one)[0] >> 16: one for one in among if one.shown_by == entries.QDISC}

    def level(entry: Entry) -> int:
        if entry.shown_by not in (entries.QDISC, entries.CLASS):
            return 0
        handle, parent = _traffic(entry)
        is_class = entry.shown_by == entries.CLASS
        above = disciplines.get((handle if is_class else parent) >> 16)
        if above is None or above is entry or ifindex_of(above) != ifindex_of(entry):
            return 0
        return level(above) + (1 if is_class else 2)

    return level


def port_of(group: Entry) -> int:
    """Return the ifindex of a multicast group's port: struct br_mdb_entry, after struct br_port_msg and a header."""
    found: int = struct.unpack_from("=I", group.message, 12)[0]
    return found


def _master(entry: Entry, masters: dict[int, str | None]) -> str | None:
    return masters.get(ifindex_of(entry)) if entry.shown_by in (entries.FDB, entries.VLAN) else None


def _traffic(entry: Entry) -> tuple[int, int]:
    """Return the handle and the parent in a message of tc: struct tcmsg."""
    handle, parent = struct.unpack_from("=II", entry.message, 8)
    return handle, parent


def ifindex_of(entry: Entry) -> int:
    """Return the ifindex of the link that an entry belongs to; 0 if it belongs to none."""
    at = entries.KINDS[entry.shown_by].ifindex_at
    return 0 if at is None else int(struct.unpack_from("=I", entry.message, at)[0])
