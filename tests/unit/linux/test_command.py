"""How a command line is split into words."""

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
    """A line with a shell's special characters becomes `sh -c LINE`, unless the line itself is a shell with -c."""
    assert words == command.words(line)


@pytest.mark.parametrize("line", ["", "  ", "a\0b", "echo 'a", None, 5, ["ip", "a"]])
def test_no_line(line):
    """An empty line, a zero byte, an unclosed quotation mark, or a value that is not text is refused."""
    with pytest.raises(BadValue):
        command.words(line)
