"""Who types: nobody, a list of lines, or the learner."""

import re
import time
from collections.abc import Callable

from nslab_kernel.containers.terminal import Terminal
from nslab_kernel.errors import LabError
from nslab_kernel.language import translate as _
from nslab_kernel.linux.command import Finished

Waits = Callable[[], bool]
_PROMPT = re.compile(r"[#$>] ?\Z")
_AFTER_PROMPT_S, _AFTER_OTHER_S, _AFTER_NOTHING_S = 0.05, 0.5, 0.3
"""How long it must be quiet before a line without an end is taken for a question: a shell's, any other.

Where no such line stands there, a program may still wait for one: that is looked at after so long.
"""
_SEEN_S = 2.0
"""How long a program that asks nobody is left its input where Linux does not show that it waits for some.

Ended at once, it would meet programs that end at once: Podman's client then complains, instead of saying what was.
"""
_POLL_S, _MERCY_S = 0.2, 1.0


def run(argv: list[str], waits: Waits) -> Finished:
    """Run a program that asks nobody, to its end; where it waits for a line its input ends.

    Args:
        argv: The program.
        waits: Tells whether a program in the container waits for a line.

    Raises:
        KeyboardInterrupt: The learner interrupted; the program was told so, as by Ctrl+C.
    """
    late = time.monotonic() + _SEEN_S
    with Terminal(argv) as terminal:
        try:
            text = _to_question(terminal, lambda: waits() or time.monotonic() > late)
            while not terminal.ended:
                terminal.end_input()
                text += _to_question(terminal, waits)
        except KeyboardInterrupt:
            _interrupt(terminal)
            raise
        return Finished(text, terminal.status())


def type_lines(argv: list[str], lines: list[str], waits: Waits) -> Finished:
    """Run a shell and type lines, each at its prompt or where a program waits for one; then leave it.

    Args:
        argv: The shell.
        lines: What is typed.
        waits: Tells whether a program in the shell waits for a line.

    Raises:
        KeyboardInterrupt: The learner interrupted; the running command was told so, and the shell has ended.
    """
    text = ""
    with Terminal(argv) as terminal:
        try:
            for line in lines:
                text += _to_question(terminal, waits)
                terminal.type(f"{line}\n")
            while not terminal.ended:
                came = _to_question(terminal, waits)
                text += came
                if _PROMPT.search(came):
                    terminal.type("exit\n")
                else:  # no more lines for this program
                    terminal.end_input()
        except KeyboardInterrupt:
            _interrupt(terminal)
            raise
        return Finished(text, terminal.status())


def talk(argv: list[str], waits: Waits) -> None:
    """Run a shell that the learner types to, line by line, until it ends; what it writes is shown at once.

    Args:
        argv: The shell.
        waits: Tells whether a program in the shell waits for a line.

    Raises:
        LabError: Nobody can type here.
        KeyboardInterrupt: The learner interrupted at the shell's prompt. A program is interrupted as by Ctrl+C.
    """
    typed = None
    with Terminal(argv) as terminal:
        while True:
            prompt = _show(terminal, typed, waits)
            if terminal.ended:
                return
            try:
                typed = _asked(prompt)
            except KeyboardInterrupt:
                if _PROMPT.search(prompt):
                    raise
                typed = None
                terminal.interrupt()
                continue
            if typed is None:
                terminal.end_input()
            else:
                terminal.type(f"{typed}\n")


def _to_question(terminal: Terminal, waits: Waits) -> str:
    """Return what comes until a shell's prompt stands there, a program waits for a line, or all has ended."""
    text, quiet_since = "", time.monotonic()
    while not terminal.ended:
        came = terminal.read(_AFTER_PROMPT_S)
        text += came
        if came:
            quiet_since = time.monotonic()
        elif _PROMPT.search(text):
            break
        elif time.monotonic() - quiet_since > _AFTER_NOTHING_S:
            if waits():
                break
            quiet_since = time.monotonic()
    return text


def _show(terminal: Terminal, typed: str | None, waits: Waits) -> str:
    """Show what comes, whole lines at once; return the line without an end that waits for an answer.

    It is empty where a program waits for a line and has not said so.
    """
    shown, rest, interrupted, quiet_since = typed is None, "", False, time.monotonic()
    while not terminal.ended:
        try:
            came = terminal.read(_AFTER_PROMPT_S)
            if came:
                quiet_since = time.monotonic()
                head, newline, rest = (rest + came).rpartition("\n")
                if newline and not shown:  # what was typed stands there already
                    head, shown = head.removeprefix(str(typed)).removeprefix("\n"), True
                    newline = newline if head else ""
                print(head, end=newline, flush=True)
            elif shown and time.monotonic() - quiet_since > _patience_s(rest):
                if rest or waits():
                    return rest
                quiet_since = time.monotonic()
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            terminal.interrupt()
    print(rest, end="", flush=True)
    return ""


def _patience_s(rest: str) -> float:
    if not rest:
        return _AFTER_NOTHING_S
    return 0.0 if _PROMPT.search(rest) else _AFTER_OTHER_S


def _asked(prompt: str) -> str | None:
    """Return what the learner types; `None` for the end of the input."""
    try:
        return input(prompt)
    except EOFError:
        return None
    except (NotImplementedError, OSError):  # nbconvert and its like have nobody who could type
        raise LabError(
            _("Nobody can type here."),
            _("This notebook runs without a keyboard: give the lines beforehand."),
            try_='container_shell("busybox_1", lines=["ip addr", "ping -c 3 172.17.0.3"])',
        ) from None


def _interrupt(terminal: Terminal) -> None:
    """Press Ctrl+C, and give the program a moment to end."""
    terminal.interrupt()
    until = time.monotonic() + _MERCY_S
    while not terminal.ended and time.monotonic() < until:
        terminal.read(_POLL_S)
