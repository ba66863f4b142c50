"""The terminal for a container's shell, tested with programs of this machine."""

import time

from nslab_kernel.containers import session
from nslab_kernel.containers.session import Terminal

SHELL = ["env", "PS1=$ ", "sh", "-i"]


def all_of(argv):
    with Terminal(argv) as terminal:
        text = ""
        while not terminal.ended:
            text += terminal.read(0.1)
        return text, terminal.status()


def test_it_is_a_terminal():
    """All three standard descriptors of the program are terminals, and its exit status is returned."""
    assert ("yes\n", 3) == all_of(["sh", "-c", "[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo yes; exit 3"])


def test_a_signal_is_a_status():
    """A program that a signal ended has the status 128 plus the signal, as in a shell."""
    assert ("", 137) == all_of(["sh", "-c", "kill -9 $$"])


def test_what_steers_a_screen_is_left_out():
    """Escape sequences and the bell are removed and characters stay whole, even if they arrive in two parts."""
    parts = r"printf '\033[1;3'; sleep 0.05; printf '2mgreen\033[0m \033[6n\007'; printf '\344\270'; sleep 0.05; "

    assert ("green 中\nend", 0) == all_of(["sh", "-c", parts + r"printf '\255\nend'"])


def test_the_program_ends_with_the_block():
    """The end of the `with` block kills a program that still runs."""
    with Terminal(["sleep", "1000"]) as terminal:
        pass

    assert 137 == terminal.status()


def test_ctrl_c():
    """Ctrl-C is typed at the terminal, which echoes ^C; in a container, the container's terminal handles it."""
    with Terminal(["sh", "-c", "echo ready; sleep 1000"]) as terminal:
        while "ready" not in terminal.read(1):
            pass
        terminal.interrupt()

        assert "^C" in terminal.read(1)


def nobody_waits():
    return False


def test_lines_at_prompts():
    """A line is typed only when the line before has finished."""
    finished = session.type_lines(SHELL, ["sleep 0.3; echo a", "echo b"], nobody_waits)

    assert finished.text.endswith("$ sleep 0.3; echo a\na\n$ echo b\nb\n$ exit\n")
    assert 0 == finished.status


def test_a_shell_that_was_left():
    """After the shell has exited no further lines are typed."""
    finished = session.type_lines(SHELL, ["exit 4", "echo never"], nobody_waits)

    assert finished.text.endswith("$ exit 4\n")
    assert 4 == finished.status


def test_much_output():
    """50,000 lines of output arrive complete within half a minute."""
    start = time.monotonic()

    assert "".join(f"{n}\n" for n in range(1, 50001)) == all_of(["seq", "50000"])[0]
    assert time.monotonic() - start < 30
