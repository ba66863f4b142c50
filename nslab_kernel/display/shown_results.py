"""Text and HTML of a program's output, a ping, and the doctor's checks."""

from markupsafe import Markup

from nslab_kernel.display.explained_output import explained
from nslab_kernel.display.html import command_line, details, page, paragraph, picture, row, table
from nslab_kernel.display.sentences import ping_sentences
from nslab_kernel.display.text import command_text, joined, plain
from nslab_kernel.language import translate as _
from nslab_kernel.model.results import Check, Doctor, Listing, PingResult
from nslab_kernel.scene.ping_scene import ping_scene


def listing_text(listing: Listing) -> str:
    """Return the command and what the program wrote."""
    lines = [command_text(listing.command)] if listing.command else []
    lines.append(listing.text.rstrip("\n") or _("(It wrote nothing.)"))
    if listing.status:
        lines.append(_("(Exit status {status}.)").format(status=listing.status))
    return "\n".join(lines)


def listing_page(listing: Listing) -> str:
    """Return the command and the program's text, each field explained."""
    parts = [command_line(listing.command)] if listing.command else []
    parts += explained(listing.command, listing.text)
    if listing.status:
        parts.append(paragraph(_("Exit status {status}.").format(status=listing.status)))
    return page(parts)


def line_page(command: str, line: str) -> str:
    """Return one line as the command would write it, each field explained."""
    return page(explained(command, line))


def ping_text(result: PingResult) -> str:
    """Return the command, what ping wrote, and the result in sentences."""
    parts = [command_text(result.command), result.text.strip("\n"), plain(ping_sentences(result))]
    return "\n\n".join(part for part in parts if part)


def ping_page(result: PingResult) -> str:
    """Return the command, the result, the picture of the replies, and what ping wrote."""
    parts = [command_line(result.command), paragraph(joined(ping_sentences(result)))]
    if result.sent:
        parts.append(picture(ping_scene(result)))
    if result.text.strip():
        written = Markup().join(explained(result.command, result.text))
        parts.append(details(_("What ping wrote"), written, is_open=not result))
    return page(parts)


def doctor_text(doctor: Doctor) -> str:
    """Return the checks of a machine, one per line; below each, what a problem means and what fixes it."""
    lines = []
    for check in doctor.checks:
        lines.append(f"{_check_state(check.state)}  {check.name}: {check.what}")
        lines += [f"    {part}" for part in (check.why, _touched_lessons(check)) if part]
        lines += [f"    {check.fix}"] if check.fix else []
    return "\n".join(lines)


def doctor_page(doctor: Doctor) -> str:
    """Return the checks of a machine as a table: state, name, what was found, and how to fix it."""
    rows = []
    for check in doctor.checks:
        words = joined(tuple(filter(None, (check.why, _touched_lessons(check)))))
        fix = Markup("<code>{}</code>").format(check.fix) if check.fix else ""
        style = "caution" if check.state == "note" else check.state
        state = Markup('<b class="nl-{}" style="white-space:nowrap">{}</b>').format(style, _check_state(check.state))
        rows.append(row(state, check.name, Markup("<br>").join(filter(None, (check.what, words, fix)))))
    return page([table(rows)])


def _touched_lessons(check: Check) -> str:
    """Return which lessons a problem affects, as a sentence; empty where there is none, or where it affects all."""
    if check.state == "ready" or not check.lessons:
        return ""
    return _("Lessons that want it: {numbers}.").format(numbers=_(", ").join(map(str, check.lessons)))


def _check_state(state: str) -> str:
    """Return the state of a check as a verdict in the learner's language."""
    return {"ready": _("ready"), "note": _("note"), "missing": _("missing")}[state]
