"""Frames typed by hand: what they say, and that junk says nothing."""

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
    """ARP's question names who asks and who is asked for."""
    frame = read_frame(ARP)

    assert ("ask", "192.168.1.1", "192.168.1.2", "who-has 192.168.1.2") == (
        frame.kind, frame.src, frame.dst, frame.words,
    )  # fmt: skip


def test_an_echo_request():
    """A ping has its time to live."""
    frame = read_frame(ECHO)

    assert ("request", 64, "echo request") == (frame.kind, frame.ttl, frame.words)


def test_a_syn():
    """TCP's first packet is told from others by its number."""
    frame = read_frame(SYN)

    assert ("request", "SYN", b"\0\0\0\x0a", (4096, 80)) == (frame.kind, frame.words, frame.mark, frame.ports)


@pytest.mark.parametrize("frame", [ARP, ECHO, SYN])
def test_cut_short(frame):
    """A frame that ends too early says nothing, or less, and never fails."""
    for end in range(len(frame)):
        read_frame(frame[:end])


@given(st.binary(max_size=120), st.sampled_from([b"", ARP[:22], ECHO[:23], SYN[:24]]))
def test_junk(junk, start):
    """Whatever comes by a cable, reading it never fails."""
    read_frame(start + junk)
