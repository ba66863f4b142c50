"""container_shell(): lines given beforehand, or typed by somebody."""

import io

import pytest

from nslab_kernel import LabError, container_exec, container_run, container_shell


def test_lines_are_typed_at_the_prompt():
    """Each line is typed after the one before has ended, and the text is what a terminal shows."""
    container_run("busybox_1")
    seen = container_shell("busybox_1", ["cd /tmp", "sleep 0.3; echo 你好; pwd", "exit 3"])

    assert "docker exec -it busybox_1 /bin/sh" == seen.command
    assert seen.text.endswith("/ # cd /tmp\n/tmp # sleep 0.3; echo 你好; pwd\n你好\n/tmp\n/tmp # exit 3\n")
    assert 3 == seen.status


def test_the_shell_is_left_by_itself():
    """The shell is ended without `exit` among the lines, and its process does not stay in the container."""
    container_run("busybox_1")

    assert container_shell("busybox_1", ["ping -c 1 127.0.0.1"]).text.endswith("/ # exit\n")
    assert 1 == container_exec("busybox_1", "ps").text.count(" sh\n")


def test_somebody_types(monkeypatch, capsys):
    """Lines are read one by one until `exit`, and a typed line is not shown a second time."""
    container_run("busybox_1")
    monkeypatch.setattr("sys.stdin", io.StringIO("echo one\nread -p name: x\ntwo\necho [$x]\nexit\n"))

    assert container_shell("busybox_1") is None
    shown = capsys.readouterr().out
    assert "/ # one\n/ # " in shown
    assert "[two]\n" in shown


def test_nobody_can_type(monkeypatch):
    """Where nobody can type, the error says how to give the lines as an argument."""
    container_run("busybox_1")

    def nobody(prompt):
        raise NotImplementedError("raw_input was called, but this frontend does not support input requests.")

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(LabError, match="Nobody can type here") as caught:
        container_shell("busybox_1")
    assert "lines=" in caught.value.try_
    assert 1 == container_exec("busybox_1", "ps").text.count(" sh\n")


def test_a_command_finds_no_more_input():
    """A command of container_exec() that reads finds the end of its input."""
    container_run("busybox_1")

    assert "" == container_exec("busybox_1", "cat").text
    assert "got\n" == container_exec("busybox_1", "sh -c 'read x; echo got $x'").text
    assert 7 == container_exec("busybox_1", "sh -c 'exit 7'").status
    assert "a\nb\n" == container_exec("busybox_1", "echo a; echo b").text


def test_a_program_that_reads_without_a_word():
    """A program that reads gets the next lines; after the last one its input ends, and so does the shell."""
    container_run("busybox_1")
    seen = container_shell("busybox_1", ["read x", "two", "echo [$x]", "sleep 0.7; cat", "three"])

    assert "/ # read x\ntwo\n/ # echo [$x]\n[two]\n" in seen.text
    assert "cat\nthree\nthree\n/ # exit\n" in seen.text
    assert 0 == seen.status


def test_who_does_not_read_is_not_typed_to(monkeypatch, capsys):
    """Nobody is asked for input while a program only runs; one that reads without a prompt gets an empty prompt."""
    container_run("busybox_1")
    asked, answers = [], iter(["sleep 1.5", "read x", "two", "echo [$x]", "exit"])

    def answer(prompt):
        asked.append(prompt)
        return next(answers)

    monkeypatch.setattr("builtins.input", answer)
    container_shell("busybox_1")

    assert ["/ # ", "/ # ", "", "/ # ", "/ # "] == asked
    assert "[two]\n" in capsys.readouterr().out


def test_stopped_while_it_reads(monkeypatch, capsys):
    """An interrupt while a program reads ends the program; while the shell reads, it ends the shell."""
    container_run("busybox_1")
    answers = iter(["cat", KeyboardInterrupt, "echo there", KeyboardInterrupt])

    def answer(prompt):
        word = next(answers)
        if word is KeyboardInterrupt:
            raise KeyboardInterrupt
        return word

    monkeypatch.setattr("builtins.input", answer)
    with pytest.raises(KeyboardInterrupt):
        container_shell("busybox_1")

    assert "there\n" in capsys.readouterr().out
    assert 0 == container_exec("busybox_1", "ps").text.count(" cat\n")
