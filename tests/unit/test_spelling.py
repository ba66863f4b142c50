"""A name is spelled so that it is seen, and so that it runs."""

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
    """Control characters, bytes that are not UTF-8, what turns others round and what is blank; nothing else."""
    assert seen == visible(name)


@given(NAMES)
def test_nothing_stays_hidden(name):
    """What is shown is printable, and can be sent to any page."""
    assert visible(name).isprintable()
    visible(name).encode()


@given(NAMES, NAMES)
def test_two_names_have_two_spellings(one, other):
    """Where a spelling stands for a name it is nobody else's."""
    assert (one == other) == (distinct(one) == distinct(other))


def test_a_text_keeps_its_lines():
    """A program's lines and tabs are no part of a name."""
    assert "a\tb\\x1b[1m\nc\n" == visible_text("a\tb\x1b[1m\nc\n")


@given(NAMES)
def test_python_reads_what_is_offered(name):
    """An offered argument is that name, and nothing in it is hidden."""
    assert name == ast.literal_eval(quoted(name))
    assert visible(quoted(name)) == quoted(name)


def test_an_ordinary_name_is_quoted_as_in_the_lessons():
    """In double quotation marks."""
    assert '"test1"' == quoted("test1")


@settings(max_examples=60, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=3))
def test_a_shell_runs_what_is_shown(names):
    """A real bash takes the shown command for the one that ran."""
    command = shlex.join(["printf", r"%s\0", *names])

    shown = visible_command(command)

    assert shown.isprintable()
    ran = subprocess.run(
        ["bash", "-c", shown], capture_output=True, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    assert [*map(os.fsencode, names), b""] == ran.stdout.split(b"\0")
