"""The cache of the containers that were seen."""

import pytest

from nslab_kernel.linux import container_netns
from nslab_kernel.model.network import Container


def container(number):
    return Container(f"busybox_{number}", "busybox", f"{number:064x}", number)


@pytest.mark.parametrize(
    "ask", [lambda: container_netns.container_cached("busybox_1"), lambda: container_netns.container_by_inode(1)]
)
def test_another_thread_may_learn_of_a_container_meanwhile(monkeypatch, ask):
    """A lookup in the cache works although another thread, such as a live picture's, adds containers to the cache."""
    known = {str(number): (container(number), number) for number in (1, 2)}

    def ended(pid):
        known[str(pid + 2)] = container(pid + 2), pid + 2
        return 0

    monkeypatch.setattr(container_netns, "_known", known)
    monkeypatch.setattr(container_netns, "_inode", ended)

    assert ask() is None
    assert len(known) > 2
