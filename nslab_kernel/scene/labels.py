"""The words on interfaces, bridges and title bars, and their sizes."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural
from nslab_kernel.scene.diagram import InterfaceBox, NamespaceBox, Note, is_link_local
from nslab_kernel.scene.shapes import text_width
from nslab_kernel.scene.state_style import SIGNS

TEXT_AT = 24
"""Pixels from an interface's left edge to its words."""
COMPACT_AT = 8
"""Pixels from a compact interface's left edge to words wider than `UNDER_NAME`."""
UNDER_NAME = 72
"""The widest words, in pixels, that start below the name on a compact interface."""
NAME_AT = 32
"""Pixels from a namespace's left wall to its name."""
HEIGHTS = (43, 43, 62)
"""The height of an interface with one, two and three lines, in pixels."""
LINE_HEIGHT = 17
TITLE_BAR = 32
BRIDGE_BAR = 30
NOTE = 17
"""The height of a note, in pixels."""
BROKEN = "broken"
"""The mark of the place where a packet cannot go on, used like the change `came`."""
LO = 46
"""Pixels that the ring and the word `lo` take at the right of a title bar."""


class Measures(NamedTuple):
    """Sizes and distances, in pixels."""

    width: float
    """The least width of an interface."""
    depth: float
    """The least height that a namespace keeps for the interfaces along a wall."""
    pad: float
    """The distance from a wall to an interface."""
    cable_gap: float
    """The distance between neighbouring namespaces that a cable joins."""
    neighbour_gap: float
    """The distance between other neighbours."""
    halo: float
    """The distance of a halo from its box; small in compact pictures, so that the halos of neighbours do not meet."""
    notes_at: float
    """The distance from a namespace's left wall to its notes: in full size to their signs, compact to their words."""


MEASURES = {False: Measures(152, 62, 12, 96, 16, 4, NAME_AT), True: Measures(96, 43, 8, 56, 8, 2, 12)}
"""The measures by whether a picture is compact."""


@dataclass(frozen=True)
class Label:
    """One line of text in a box."""

    words: str
    size: float = 12
    token: str = "ink"
    mono: bool = True
    bold: bool = False
    at: float = TEXT_AT
    """Pixels from the left edge of the box to the text."""

    @property
    def width(self) -> float:
        """How wide it is at most."""
        return text_width(self.words, self.size, self.mono, self.bold)


def interface_labels(interface: InterfaceBox, compact: bool, port: bool) -> tuple[Label, ...]:
    """Return the lines on an interface: name, state, addresses.

    Args:
        interface: The interface.
        compact: Whether it is drawn small; then `UP` is left out where there is an address.
        port: Whether it is a port of a bridge; then a missing address is not mentioned.
    """
    if interface.members:
        number, how = _ports_words(interface)
        return (Label(number, bold=True, mono=False), Label(how, 11, "ink2", mono=False))
    if interface.state.kind == "gone":
        return (Label(interface.end.ifname, token="ink2"),)
    state = Label(interface.state.label, 11, interface.state.style.text_token)
    if interface.kind not in ("veth", "bridge", ""):
        state = Label(f"{interface.state.label}  {interface.kind}", 11, state.token)
    addresses = address_labels(interface, port)
    short = compact and interface.state.kind == "up" and bool(shown(interface)) and interface.kind == "veth"
    lines = (*(() if short else (state,)), *addresses)
    if compact:
        small = [replace(line, size=11) for line in lines]
        lines = tuple(replace(line, at=COMPACT_AT) if line.width > UNDER_NAME else line for line in small)
    return (Label(interface.end.ifname, bold=True), *lines)


def _ports_words(interface: InterfaceBox) -> tuple[str, str]:
    """Return the two lines of a stack's ports: how many there are, and how many are up."""
    count, up = len(interface.members), sum(member.state.kind == "up" for member in interface.members)
    number = translate_plural("{count} port", "{count} ports", count).format(count=count)
    return number, _("all UP") if up == count else _("{up} UP").format(up=up)


def shown(interface: InterfaceBox) -> list[str]:
    """Return the addresses that a picture shows: all but link-local ones."""
    return [addr for addr in interface.addresses if not is_link_local(addr)]


def address_labels(interface: InterfaceBox, port: bool) -> tuple[Label, ...]:
    """Return the lines about addresses."""
    if found := shown(interface):
        return tuple(Label(addr) for addr in found)
    if port:
        return ()
    words = _("only link-local") if interface.addresses else _("no address yet")
    return (Label(words, 11, "ink2", mono=False),)


def labels_width(lines: tuple[Label, ...], compact: bool) -> float:
    """Return how wide an interface must be for its lines."""
    return max(MEASURES[compact].width, *(line.at + line.width + 8 for line in lines))


def labels_height(lines: tuple[Label, ...]) -> float:
    """Return how high an interface must be for its lines."""
    return HEIGHTS[min(len(lines), 3) - 1] + LINE_HEIGHT * max(0, len(lines) - 3)


def bridge_bar_labels(interface: InterfaceBox) -> tuple[Label, ...]:
    """Return what is written along a bridge bar: name, state where it is not UP, addresses."""
    if interface.state.kind == "gone":
        return (Label(interface.end.ifname, token="ink2"),)
    state = Label(interface.state.label, 11, interface.state.style.text_token)
    states = () if interface.state.kind == "up" else (state,)
    kind = Label(_("bridge"), 11, "ink2", mono=False)
    return (Label(interface.end.ifname, bold=True), *states, *(Label(addr) for addr in shown(interface)), kind)


def bridge_bar_width(interface: InterfaceBox) -> float:
    """Return how wide a bridge bar must be for its labels."""
    return TEXT_AT + sum(words.width + 10 for words in bridge_bar_labels(interface)) + 4


def title_notes(namespace: NamespaceBox, folded: bool, hub: bool) -> tuple[Label, ...]:
    """Return what stands after the name on a title bar."""
    found = [Label(namespace.image, 11, "ink2")] if namespace.image else []
    found += [Label(_("router"), 11, "ink2", mono=False)] if namespace.kind == "router" else []
    if namespace.forwards and (hub or namespace.kind != "router"):
        found.append(Label("ip_forward = 1", 11, "ink2"))
    return (*found, *([Label(_("only lo"), 11, "ink2", mono=False)] if folded else []))


def title_bar_width(namespace: NamespaceBox, folded: bool, hub: bool, compact: bool) -> float:
    """Return how wide a namespace must be for its title bar and its notes."""
    title = text_width(namespace.title, 13, bold=True)
    notes = sum(8 + words.width for words in title_notes(namespace, folded, hub))
    change = text_width(badge_words(namespace.lo_change), 11, bold=True) + 34 if namespace.lo_change else 0
    before_lo = 6 if namespace.image else 12  # so that two containers fit beside a lesson
    title_bar = NAME_AT + title + notes + before_lo + change + (0 if namespace.kind in ("unnamed", "stack") else LO)
    return max([title_bar, *(_note_width(note, compact and not hub) for note in namespace.notes)])


def _note_width(note: Note, compact: bool) -> float:
    words = note.words if compact else "+ " + note.words
    return MEASURES[compact].notes_at + text_width(words, 11, mono=True) + (8 if compact else 12)


def note_labels(note: Note, compact: bool) -> tuple[Label, ...]:
    """Return what is written for a note: its sign, then its words."""
    sign = f"{SIGNS[note.change]} " if note.change else ""
    shade, bold = {"came": "new"}.get(note.change, "ink2"), note.change == "came"
    if not compact:
        return (Label(sign + note.words, 11, shade, bold=bold, at=NAME_AT),)
    signs = (Label(sign.strip(), 11, shade, bold=bold, at=3),) if sign else ()
    return (*signs, Label(note.words, 11, shade, bold=bold, at=MEASURES[True].notes_at))


def badge_words(change: str) -> str:
    """Return the words on the badge of a change, or of the place that is broken."""
    return {"came": _("+ new"), "changed": _("~ changed"), "gone": _("− gone"), BROKEN: _("× broken here")}[change]
