"""Actions of tc filters, in the form that Linux accepts.

Linux reports them with counters; tc-actions(8).
"""

import struct

from nslab_kernel.linux.netlink import attribute, attributes, packed

OF_FILTER = {b"u32": 7, b"matchall": 2, b"flower": 3, b"fw": 4, b"basic": 3, b"bpf": 1}
"""The attribute that holds a filter's actions, by kind; linux/pkt_cls.h."""
_KIND, _OPTIONS, _COOKIE = 1, 2, 6
"""TCA_ACT_KIND, ..."""
_COMMON = struct.Struct("=IIiII")  # index, capabilities, action, reference count, bind count: tc_gen
_TIMES_AND_COMMON = 1, 2
_COMMON_FIRST = {b"csum", b"nat", b"connmark", b"ct", b"ife", b"ctinfo", b"mpls"}
"""Kinds of actions that number the two attributes in `_TIMES_AND_COMMON` the other way round."""
_POLICE_PARAMETERS, _POLICE_RATE, _POLICE_PEAK, _POLICE_TIMES = 1, 2, 3, 6
_RATE_AT, _PEAK_AT, _RATE_BYTES = 20, 32, 12
_RATE_TABLE = bytes(1024)
"""Linux requires such a table beside a rate, but computes the times itself."""


def without_counters(actions: bytes) -> bytes:
    """Return a filter's actions without indexes, reference counts, times and counters."""
    return packed({place: _action(action) for place, action in attributes(actions).items()})


def _action(told: bytes) -> bytes:
    found = attributes(told)
    kind = found[_KIND].rstrip(b"\0")
    options = attributes(found.get(_OPTIONS, b""))
    kept = _police(options) if kind == b"police" else _others(kind, options)
    cookie = attribute(_COOKIE, found[_COOKIE]) if _COOKIE in found else b""
    return attribute(_KIND, found[_KIND]) + attribute(_OPTIONS, packed(kept)) + cookie


def _others(kind: bytes, options: dict[int, bytes]) -> dict[int, bytes]:
    times, common = _TIMES_AND_COMMON if kind not in _COMMON_FIRST else reversed(_TIMES_AND_COMMON)
    kept = {option: value for option, value in options.items() if option != times}
    _index, capabilities, what, _references, _filters = _COMMON.unpack_from(kept[common])
    kept[common] = _COMMON.pack(0, capabilities, what, 0, 0) + kept[common][_COMMON.size :]
    return kept


def _police(options: dict[int, bytes]) -> dict[int, bytes]:
    kept = {option: value for option, value in options.items() if option != _POLICE_TIMES}
    told = kept[_POLICE_PARAMETERS]  # struct tc_police: the index first; reference and bind count, capabilities last
    parameters = bytearray(bytes(4) + told[4:-12] + bytes(8) + told[-4:])
    for at, option in ((_RATE_AT, _POLICE_RATE), (_PEAK_AT, _POLICE_PEAK)):
        if any(parameters[at + 8 : at + _RATE_BYTES]):
            kept[option], parameters[at] = _RATE_TABLE, 1  # cell_log, which must not be 0
    kept[_POLICE_PARAMETERS] = bytes(parameters)
    return kept
