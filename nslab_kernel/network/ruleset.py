"""Compares packet filters as text; finds what turns one into another."""

import re
from itertools import pairwise

from nslab_kernel.linux.packet_filter import UNREAD

_START = re.compile(r"^(?:table (\S+ \S+) \{|\*(\w+) (ip6?(?: legacy)?)$)", re.MULTILINE)
_REGULAR_CHAIN = re.compile(r"^\tchain (\S+) \{\n(?!\t\ttype )", re.MULTILINE)
_PROGRAMS = {
    "ip": "iptables-restore --noflush",
    "ip6": "ip6tables-restore --noflush",
    "ip legacy": "iptables-legacy-restore",
    "ip6 legacy": "ip6tables-legacy-restore",
}
_ENGINES = re.compile(r"\bDOCKER|\bNETAVARK|^table \S+ netavark ", re.MULTILINE)


def tables(ruleset: str) -> dict[str, list[str]]:
    """Return the text of each table, by family and name (`"ip nat"`); two texts if nft and iptables share a table."""
    starts = list(_START.finditer(ruleset))
    places = [*(found.start() for found in starts), len(ruleset)]
    tables: dict[str, list[str]] = {}
    for found, (start, end) in zip(starts, pairwise(places), strict=True):
        tables.setdefault(found[1] or f"{found[3]} {found[2]}", []).append(ruleset[start:end].strip())
    return tables


def unread(ruleset: str) -> set[str]:
    """Return the programs that are not installed, so that tables of a packet filter could not be read."""
    return set(UNREAD.findall(ruleset))


def _read(ruleset: str) -> dict[str, list[str]]:
    return {name: parts for name, parts in tables(ruleset).items() if not any(map(unread, parts))}


def changes(was: str, wanted: str) -> list[tuple[str, str]]:
    """Return the programs, each with its input, that turn one packet filter into another; skip unread tables."""
    old, new = _read(was), _read(wanted)
    gone = [f"delete table {name}" for name in old if old[name] != new.get(name) and "legacy" not in name]
    came = {name: parts for name, parts in new.items() if parts != old.get(name)}
    shared = {name: parts[0] for name, parts in came.items() if len(parts) > 1}
    # The nft part and the iptables part of a shared table may jump to each other's chains: make empty chains first.
    natives = [_empty_chains(name, shared[name]) if name in shared else parts[0] for name, parts in came.items()]
    first = [*gone, *(text for text in natives if text.startswith("table"))]
    found = [("nft -f -", "\n".join(first))] if first else []
    came |= {name: [_emptied(parts[0])] for name, parts in old.items() if "legacy" in name and name not in new}
    for family, program in _PROGRAMS.items():
        kept = [parts[-1] for parts in came.values() if re.match(rf"\*\w+ {family}$", parts[-1], re.MULTILINE)]
        if kept:
            found.append((program, re.sub(rf"^(\*\w+) {family}$", r"\1", "\n".join(kept), flags=re.MULTILINE)))
    return [*found, *([("nft -f -", "\n".join(shared.values()))] if shared else [])]


def _emptied(legacy: str) -> str:
    """Return the input that empties an iptables-legacy table, because such tables cannot be deleted."""
    chains = re.findall(r"^:(\S+) (?!-)", legacy, re.MULTILINE)
    return "\n".join([legacy.partition("\n")[0], *(f":{chain} ACCEPT [0:0]" for chain in chains), "COMMIT"])


def _empty_chains(name: str, text: str) -> str:
    """Return a table with its regular chains (those without a hook), all empty."""
    chains = (f"\tchain {chain} {{\n\t}}" for chain in _REGULAR_CHAIN.findall(text))
    return "\n".join([f"table {name} {{", *chains, "}"])


def with_engines_tables(wanted: str, now: str) -> str:
    """Return a packet filter with the container engine's tables as they are now; only the engine knows their rules."""
    mine = [part for parts in tables(wanted).values() if not _is_engines(parts) for part in parts]
    return "\n".join([*mine, *(part for parts in tables(now).values() if _is_engines(parts) for part in parts)])


def _is_engines(parts: list[str]) -> bool:
    return any(map(_ENGINES.search, parts))
