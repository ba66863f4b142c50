"""Interrupts (SIGINT) that wait for the end of a block."""

import signal
import threading

import pytest

from nslab_kernel.interrupts import check_interrupt, interruptible, is_interrupted, uninterrupted


def interrupt():
    signal.raise_signal(signal.SIGINT)


def test_it_waits_until_the_end():
    """An interrupt is delivered after the outermost uninterrupted block has finished."""
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        with uninterrupted():
            interrupt()
            done.append(1)
        done.append(2)
        assert is_interrupted()

    assert done == [1, 2]
    assert not is_interrupted()


def test_it_comes_although_there_is_an_error():
    """If the block also raises an error, KeyboardInterrupt is raised, so that a loop that catches errors stops."""
    with pytest.raises(KeyboardInterrupt) as raised, uninterrupted():
        interrupt()
        raise ValueError
    assert isinstance(raised.value.__context__, ValueError)


def test_where_it_is_let_in():
    """In an interruptible block an interrupt, even an earlier one, is raised at once; in a nested block it waits."""
    done = []
    with uninterrupted():
        with pytest.raises(KeyboardInterrupt), interruptible():
            interrupt()
            done.append("never")
        interrupt()
        with pytest.raises(KeyboardInterrupt), interruptible():
            done.append("never")
        with pytest.raises(KeyboardInterrupt), interruptible():
            with uninterrupted():
                interrupt()
                done.append("whole")
            done.append("never")
        interrupt()
        with pytest.raises(KeyboardInterrupt):
            check_interrupt()
        check_interrupt()
    assert done == ["whole"]


def test_the_handler_is_as_before():
    """The previous handler is restored and called; an ignored SIGINT and other threads are left alone."""
    came = []
    before = signal.signal(signal.SIGINT, lambda *_about: came.append(1))
    try:
        with uninterrupted():
            interrupt()
            assert came == []
        assert came == [1]
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with uninterrupted(), interruptible():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    thread = threading.Thread(target=lambda: [came.append(2) for _ in (1,) for _ in [uninterrupted().__enter__()]])
    thread.start()
    thread.join()
    assert came == [1, 2]
    assert signal.getsignal(signal.SIGINT) is before
