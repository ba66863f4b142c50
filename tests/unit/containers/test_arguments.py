"""The checks of container names, images and ports, before an engine is asked."""

import pytest

from nslab_kernel.containers import arguments
from nslab_kernel.errors import BadValue


@pytest.mark.parametrize("name", ["busybox_1", "a1", "A.b-c", "x" * 128])
def test_names(name):
    """Names that Docker accepts pass."""
    assert name == arguments.check_name(name)


@pytest.mark.parametrize("name", ["", "a", "-x", "_x", "a b", "a/b", "é1", "host", "x" * 129, None, 5])
def test_no_names(name):
    """Other names are refused, and so is `host`, which means the host in the lab."""
    with pytest.raises(BadValue):
        arguments.check_name(name)


@pytest.mark.parametrize(
    "image", ["busybox", "busybox:1.37", "ghcr.io/org/name:v1", "localhost:5000/busybox", "a@sha256:ab12"]
)
def test_images(image):
    """Image names with a registry, a tag or a digest pass."""
    assert image == arguments.check_image(image)


@pytest.mark.parametrize("image", ["", "--rm", "Busybox", "a b", "a:", "/a", "a;b", None])
def test_no_images(image):
    """Names that the client would take for an option, or that are not image names, are refused."""
    with pytest.raises(BadValue):
        arguments.check_image(image)


@pytest.mark.parametrize("publish", ["8080:80", "1:65535", "53:53/udp", "80:80/tcp"])
def test_ports(publish):
    """HOST:CONTAINER with an optional protocol passes."""
    assert publish == arguments.check_publish(publish)


@pytest.mark.parametrize("publish", ["80", "0:80", "80:65536", "a:b", "1:2:3", "80:80/icmp", 80, None])
def test_no_ports(publish):
    """Any other form is refused."""
    with pytest.raises(BadValue):
        arguments.check_publish(publish)
