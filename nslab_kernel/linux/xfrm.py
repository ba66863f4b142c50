"""States and policies of IPsec; ip-xfrm(8).

They are read and written in the same form, over a netlink protocol of their own.
"""

from collections.abc import Iterator

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import uapi
from nslab_kernel.linux.entries import KINDS, XFRM_POLICY, XFRM_STATE, message, shown
from nslab_kernel.linux.netlink import Netlink, attributes, packed
from nslab_kernel.model.entry import Entry

_STATE_BYTES, _STATE_COUNTED = 224, slice(160, 204)
"""The size of struct xfrm_usersa_info, and where its counters are."""
_STATE_ID, _STATE_SOURCE, _STATE_FAMILY = slice(56, 77), slice(80, 96), slice(212, 214)
_POLICY_BYTES, _POLICY_COUNTED, _POLICY_DIRECTION, _SELECTOR = 168, slice(120, 152), 160, slice(0, 56)
"""The same of struct xfrm_userpolicy_info, and where its direction and its selector are."""
_IN, _OUT, _FORWARD = range(3)
_USED = (uapi.XFRMA_LASTUSED, uapi.XFRMA_REPLAY_VAL, uapi.XFRMA_REPLAY_ESN_VAL)
_IDENTITY_ATTRIBUTES = (uapi.XFRMA_MARK, uapi.XFRMA_IF_ID, uapi.XFRMA_POLICY_TYPE)
"""Attributes that belong to the identity of a state or policy."""


def entries() -> tuple[Entry, ...]:
    """Read the states and policies of the thread's namespace, except the policies of single sockets."""
    try:
        with Netlink(uapi.NETLINK_XFRM) as netlink:
            states = [data[at:end] for data, at, end in netlink.dump(uapi.XFRM_MSG_GETSA, b"")]
            policies = [data[at:end] for data, at, end in netlink.dump(uapi.XFRM_MSG_GETPOLICY, b"")]
    except (OSError, RefusedByLinux):  # this Linux was built without IPsec
        return ()
    return (*_states(states), *_policies(policies)) if states or policies else ()


def change(entry: Entry, is_wanted: bool) -> None:
    """Add or delete a state or policy in the thread's namespace.

    Raises:
        RefusedByLinux: Linux refused.
    """
    kind = KINDS[entry.shown_by]
    with Netlink(uapi.NETLINK_XFRM) as netlink:
        if is_wanted:
            netlink.change(kind.new, entry.message)
        else:
            netlink.change(kind.delete, _deleting(entry))


def _deleting(entry: Entry) -> bytes:
    """Return the message that deletes a state or policy: struct xfrm_usersa_id, xfrm_userpolicy_id."""
    whole = entry.message
    if entry.shown_by == XFRM_STATE:
        found = attributes(whole, _STATE_BYTES, wanted=_IDENTITY_ATTRIBUTES)
        header = whole[_STATE_ID][:20] + whole[_STATE_FAMILY] + whole[_STATE_ID][20:] + b"\0"
        return header + packed({uapi.XFRMA_SRCADDR: whole[_STATE_SOURCE], **found})
    found = attributes(whole, _POLICY_BYTES, wanted=_IDENTITY_ATTRIBUTES)
    return whole[_SELECTOR] + bytes(4) + whole[_POLICY_DIRECTION : _POLICY_DIRECTION + 1] + bytes(3) + packed(found)


def _states(told: list[bytes]) -> Iterator[Entry]:
    for state, text in zip(told, _texts(XFRM_STATE), strict=False):
        found = attributes(state, _STATE_BYTES)
        yield Entry(XFRM_STATE, text, message(_without(state[:_STATE_BYTES], _STATE_COUNTED), found, _USED))


def _policies(told: list[bytes]) -> Iterator[Entry]:
    for policy, text in zip(told, _texts(XFRM_POLICY), strict=False):
        if policy[_POLICY_DIRECTION] in (_IN, _OUT, _FORWARD):
            header = _without(policy[:_POLICY_BYTES], _POLICY_COUNTED)
            yield Entry(XFRM_POLICY, text, message(header, attributes(policy, _POLICY_BYTES), _USED))


def _texts(shown_by: str) -> list[str]:
    return [" ".join(line.replace("\\", " ").split()) for line in shown(shown_by.split())]


def _without(header: bytes, counted: slice) -> bytes:
    return header[: counted.start] + bytes(counted.stop - counted.start) + header[counted.stop :]
