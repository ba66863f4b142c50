"""Reading frames: well-formed ones typed by hand, truncated ones, and random bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nslab_kernel.packets.frames import read_frame

MACS = bytes.fromhex("020000000002") + bytes.fromhex("020000000001")
ARP = MACS + bytes.fromhex("0806 0001 0800 06 04 0001 020000000001 c0a80101 000000000000 c0a80102")
IP = bytes.fromhex(f"4500 {0x1C:04x} 0001 0000 40 {1:02x} 0000 c0a80101 c0a80102")
ECHO = MACS + bytes.fromhex("0800") + IP + bytes.fromhex("0800 0000 1234 0001")
SYN = (
    MACS
    + bytes.fromhex("0800")
    + bytes.fromhex("4500 0028 0001 0000 40 06 0000 c0a80101 c0a80102")
    + bytes.fromhex("1000 0050 0000000a 00000000 5002 ffff 0000 0000")
)


def test_a_question():
    """An ARP request gives the sender's address and the one asked for."""
    frame = read_frame(ARP)

    assert ("ask", "192.168.1.1", "192.168.1.2", "who-has 192.168.1.2") == (
        frame.kind, frame.src, frame.dst, frame.words,
    )  # fmt: skip


def test_an_echo_request():
    """An ICMP echo request gives its TTL."""
    frame = read_frame(ECHO)

    assert ("request", 64, "echo request") == (frame.kind, frame.ttl, frame.words)


def test_a_syn():
    """A TCP SYN gives its ports, and its sequence number as the mark that identifies the packet."""
    frame = read_frame(SYN)

    assert ("request", "SYN", b"\0\0\0\x0a", (4096, 80)) == (frame.kind, frame.words, frame.mark, frame.ports)


@pytest.mark.parametrize("frame", [ARP, ECHO, SYN])
def test_cut_short(frame):
    """Reading a truncated frame never raises an error."""
    for end in range(len(frame)):
        read_frame(frame[:end])


@given(st.binary(max_size=120), st.sampled_from([b"", ARP[:22], ECHO[:23], SYN[:24]]))
def test_junk(junk, start):
    """Reading random bytes never raises an error."""
    read_frame(start + junk)
