"""The packet filter as text: what changes one into another."""

import re
from itertools import pairwise

_START = re.compile(r"^(?:table (\S+ \S+) \{|\*(\w+) (ip6?)$)", re.MULTILINE)
_ENGINES = re.compile(r"\bDOCKER|\bNETAVARK|^table \S+ netavark ", re.MULTILINE)


def tables(ruleset: str) -> dict[str, str]:
    """Return the tables of a packet filter, by family and name: `"ip nat"`."""
    starts = list(_START.finditer(ruleset))
    places = [*(found.start() for found in starts), len(ruleset)]
    texts = (ruleset[start:end].strip() for start, end in pairwise(places))
    return {found[1] or f"{found[3]} {found[2]}": text for found, text in zip(starts, texts, strict=True)}


def changes(was: str, wanted: str) -> list[tuple[str, str]]:
    """Return what makes one packet filter of another: programs, each with what it is to read."""
    old, new = tables(was), tables(wanted)
    gone = [f"delete table {name}" for name in old if old[name] != new.get(name)]
    came = [text for name, text in new.items() if text != old.get(name)]
    native = "\n".join([*gone, *(text for text in came if text.startswith("table"))])
    found = [("nft -f -", native)] if native else []
    for family, program in (("ip", "iptables-restore"), ("ip6", "ip6tables-restore")):
        kept = [text for text in came if re.match(rf"\*\w+ {family}$", text, re.MULTILINE)]
        if kept:
            found.append((program, re.sub(rf"^(\*\w+) {family}$", r"\1", "\n".join(kept), flags=re.MULTILINE)))
    return found


def with_engines_tables(wanted: str, now: str) -> str:
    """Return a packet filter with a container engine's tables as they are now: only the engine knows their rules."""
    mine = [text for text in tables(wanted).values() if not _ENGINES.search(text)]
    engines = [text for text in tables(now).values() if _ENGINES.search(text)]
    return "\n".join([*mine, *engines])
