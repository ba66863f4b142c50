"""Values as plain text, complete for a console."""

from collections.abc import Iterator
from unicodedata import combining, east_asian_width

from nslab_kernel.display.changed_lines import GONE, changed_groups
from nslab_kernel.display.sentences import change_sentences, ping_sentences
from nslab_kernel.errors import LabError
from nslab_kernel.language import tidy
from nslab_kernel.language import translate as _
from nslab_kernel.model.lines import forward_line, route_line
from nslab_kernel.model.network import Link, Namespace, Network
from nslab_kernel.model.results import Change, Check, Doctor, Listing, PingResult
from nslab_kernel.scene.state_style import state_of
from nslab_kernel.scene.words import title
from nslab_kernel.spelling import visible, visible_command, visible_text

_RESET, _BOLD = "\x1b[0m", "\x1b[1m"
_MAGIC = "%tb Verbose"
_READS, _END = "<<'EOF'", "EOF"
"""The first and last line of a here document; bash(1), Here Documents."""


def change_text(change: Change) -> str:
    """Return the command, what is different in words, what was left out, and the lines that came and went."""
    typed = "\n".join(filter(None, (command_text(change.command), change.text.rstrip())))
    parts = [*filter(None, [typed]), plain(change_sentences(change))]
    parts += filter(None, ["\n".join(f"! {sentence}" for sentence in change.left_out)])
    for group in changed_groups(change):
        head = _("{netns}, {command}").format(netns=title(group.netns), command=group.shown_by)
        lines = (f"{'-' if line.sign == GONE else '+'} {line.text}" for line in group.lines)
        parts.append("\n".join([f"{head}:", *lines]))
    return "\n\n".join(parts)


def listing_text(listing: Listing) -> str:
    """Return the command and what the program wrote."""
    lines = [command_text(listing.command)] if listing.command else []
    lines.append(listing.text.rstrip("\n") or _("(It wrote nothing.)"))
    if listing.status:
        lines.append(_("(Exit status {status}.)").format(status=listing.status))
    return "\n".join(lines)


def ping_text(result: PingResult) -> str:
    """Return the command, what ping wrote, and what came of it."""
    parts = [command_text(result.command), result.text.strip("\n"), plain(ping_sentences(result))]
    return "\n\n".join(part for part in parts if part)


def network_text(network: Network) -> str:
    """Return the network as a sketch: each namespace, its interfaces, and where their cables lead."""
    names = [visible(link.ifname) for namespace in network.namespaces.values() for link in namespace.links]
    width = max(map(columns, names), default=0) + 2
    return visible_text(
        "\n\n".join("\n".join(_namespace(namespace, width)) for namespace in network.namespaces.values())
    )


def error_text(error: LabError) -> list[str]:
    """Return an error as a short traceback: what, why, what there is, what to try, what the kernel said.

    ANSI codes make it bold. Coloured text is hard to read on the background of errors in dark themes.
    """
    lines = [f"{_BOLD}\N{MULTIPLICATION X} {error.what}{_RESET}"]
    lines += [f"  {tidy(part)}" for part in (error.why, error.there_is) if part]
    for name, words in error_rows(error):
        lines += ["", f"  {name}", *(f"    {_BOLD}{line}{_RESET}" for line in words.splitlines())]
    end = _("Nothing was changed. Full traceback: {magic}")
    if error.partly:
        end = _("A part was done and stays so. Full traceback: {magic}")
    return [*lines, "", "  " + end.format(magic=_MAGIC)]


def interrupt_text() -> list[str]:
    """Return what a learner reads who has interrupted a call; whether it changed anything depends on the call."""
    what = _("Interrupted.")
    return [f"{_BOLD}\N{MULTIPLICATION X} {what}{_RESET}", "", "  " + _("Full traceback: {magic}").format(magic=_MAGIC)]


def error_rows(error: LabError) -> list[tuple[str, str]]:
    """Return what stands below an error's sentences, each with its heading."""
    rows = [
        (_("Try"), error.try_),
        (_("Command"), command_text(error.command or "")),
        (_("The kernel said"), error.said),
    ]
    return [(name, visible_text(words)) for name, words in rows if words]


def doctor_text(doctor: Doctor) -> str:
    """Return what a machine can do, a line a thing, and below it what is missing and what mends it."""
    lines = []
    for check in doctor.checks:
        lines.append(f"{check_state(check.state)}  {check.name}: {check.what}")
        lines += [f"    {part}" for part in (check.why, touched_lessons(check)) if part]
        lines += [f"    {check.fix}"] if check.fix else []
    return "\n".join(lines)


def touched_lessons(check: Check) -> str:
    """Return which lessons have to do without a thing, as a sentence; empty where it is there, or all need it."""
    if check.state == "ready" or not check.lessons:
        return ""
    return _("Lessons that want it: {numbers}.").format(numbers=_(", ").join(map(str, check.lessons)))


def check_state(state: str) -> str:
    """Return the state of a check as a verdict in the learner's language."""
    return {"ready": _("ready"), "note": _("note"), "missing": _("missing")}[state]


def command_text(command: str) -> str:
    """Return a command, or several, as typed at a prompt."""
    return "\n".join(f"{prompt} {line}" for prompt, line in prompted(command))


def prompted(command: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of one or several commands, each with its prompt; the lines of a here document have `>`."""
    inside = False
    for line in visible_command(command).splitlines():
        yield (">" if inside else "$"), line
        inside = line.endswith(_READS) or (inside and line != _END)


def plain(sentences: tuple[str, ...]) -> str:
    """Return sentences in a row, without the signs around names."""
    return joined(sentences).replace("**", "")


def joined(sentences: tuple[str, ...]) -> str:
    """Return sentences in a row, without a line end in a name; Chinese needs no space between them."""
    return tidy(visible(" ".join(sentences)))


def columns(words: str) -> int:
    """Return how many columns of a console words take: a Chinese letter two, an accent of its own none."""
    return sum(0 if combining(letter) else 1 + (east_asian_width(letter) in "WF") for letter in words)


def padded(words: str, width: int) -> str:
    """Return words with spaces behind them up to so many columns."""
    return words + " " * (width - columns(words))


def _namespace(namespace: Namespace, width: int) -> Iterator[str]:
    yield title(namespace.name)
    for link in namespace.links:
        if not link.master:
            yield "  " + _link(link, width)
            ports = [port for port in namespace.links if port.master == link.ifname]
            yield from ("  \N{BOX DRAWINGS LIGHT UP AND RIGHT} " + _link(port, width - 2) for port in ports)
    for route in namespace.routes:
        if route.gateway or route.protocol != "kernel":
            yield f"  {route_line(namespace.name, route).text}"
    if namespace.ip_forward:
        yield f"  {forward_line(namespace).text}"


def _link(link: Link, width: int) -> str:
    facts = [padded(visible(link.ifname), width), padded(state_of(link).label, 14), *link.addresses]
    if link.kind == "bridge":
        facts.append(_("(bridge)"))
    if link.peer or link.peer_ifindex:
        other = f"{link.peer.ifname} ({title(link.peer.netns)})" if link.peer else f"@if{link.peer_ifindex}"
        facts.append(f"\N{BOX DRAWINGS LIGHT HORIZONTAL}\N{BOX DRAWINGS LIGHT HORIZONTAL} {other}")
    return " ".join(facts).rstrip()
