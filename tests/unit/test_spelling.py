"""Spelling names so that every character is visible, and so that code with them runs."""

import ast
import os
import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nslab_kernel.spelling import distinct, quoted, visible, visible_command, visible_text

NAMES = st.one_of(
    st.binary(min_size=1, max_size=12).filter(lambda name: b"\0" not in name).map(os.fsdecode),
    st.text(st.sampled_from("ab\\'\" \a\x1b\n\x7f\x85\u200b\u202e\u3164\udce9x07网"), min_size=1, max_size=12),
)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("veth-test1", "veth-test1"),
        ("my ns", "my ns"),
        ("网络", "网络"),
        ("a\x07", r"a\x07"),
        ("a\nb", r"a\x0ab"),
        (os.fsdecode(b"caf\xe9"), r"caf\xe9"),
        ("\u202eabc\u200b", r"\u202eabc\u200b"),
        ("\u3164", r"\u3164"),
        ("\U000e0041", r"\U000e0041"),
        ("\u0085", r"\u0085"),
    ],
)
def test_what_is_hidden_is_seen(name, seen):
    """Only control, direction and blank characters, and bytes that are not UTF-8, are shown as escapes."""
    assert seen == visible(name)


@given(NAMES)
def test_nothing_stays_hidden(name):
    """The visible spelling of any name is printable, and can be encoded in UTF-8."""
    assert visible(name).isprintable()
    visible(name).encode()


@given(NAMES, NAMES)
def test_two_names_have_two_spellings(one, other):
    """`distinct` gives two names the same spelling only if they are equal."""
    assert (one == other) == (distinct(one) == distinct(other))


def test_a_text_keeps_its_lines():
    """In a program's output, line ends and tabs stay as they are."""
    assert "a\tb\\x1b[1m\nc\n" == visible_text("a\tb\x1b[1m\nc\n")


@given(NAMES)
def test_python_reads_what_is_offered(name):
    """Python reads a quoted name back as the same name, and every character of it is visible."""
    assert name == ast.literal_eval(quoted(name))
    assert visible(quoted(name)) == quoted(name)


def test_an_ordinary_name_is_quoted_as_in_the_lessons():
    """An ordinary name is in double quotes."""
    assert '"test1"' == quoted("test1")


@settings(max_examples=60, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=3))
def test_a_shell_runs_what_is_shown(names):
    """bash reads a shown command as the same words as the original command."""
    command = shlex.join(["printf", r"%s\0", *names])

    shown = visible_command(command)

    assert shown.isprintable()
    ran = subprocess.run(
        ["bash", "-c", shown], capture_output=True, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    assert [*map(os.fsencode, names), b""] == ran.stdout.split(b"\0")
