"""A line as words."""

import pytest

from nslab_kernel.errors import BadValue
from nslab_kernel.linux import command


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ip a", ["ip", "a"]),
        ("echo 'a b'", ["echo", "a b"]),
        ('/bin/sh -c "while true;do sleep 3600;done"', ["/bin/sh", "-c", "while true;do sleep 3600;done"]),
        ("ip a | grep inet", ["sh", "-c", "ip a | grep inet"]),
        ("echo $HOSTNAME", ["sh", "-c", "echo $HOSTNAME"]),
        ("ping -c 3 172.17.0.3", ["ping", "-c", "3", "172.17.0.3"]),
        ("ping -c 3 172.17.0.3 | tail -1", ["sh", "-c", "ping -c 3 172.17.0.3 | tail -1"]),
        ("wc -c </etc/hosts", ["sh", "-c", "wc -c </etc/hosts"]),
    ],
)
def test_a_shells_signs_go_to_a_shell(line, words):
    """As a shell would part them; `-c` is a shell's own option, and other programs' as well."""
    assert words == command.words(line)


@pytest.mark.parametrize("line", ["", "  ", "a\0b", "echo 'a", None, 5, ["ip", "a"]])
def test_no_line(line):
    """Nothing, a zero byte, a quotation mark without its other, what is no text."""
    with pytest.raises(BadValue):
        command.words(line)
