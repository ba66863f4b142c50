"""How answers of a container engine and its client are understood."""

import pytest

from nslab_kernel.containers import engine
from nslab_kernel.errors import NoImage, RefusedByEngine
from nslab_kernel.linux import engine_api
from nslab_kernel.linux.command import Finished


def test_a_client_that_lost_the_words():
    """Podman's client may return status 127 without its message, if the engine closes the connection too early."""
    with pytest.raises(RefusedByEngine, match="no program nosuch") as refused:
        engine.require_program(Finished("", 127), "nosuch")
    assert "127" == refused.value.words


@pytest.mark.parametrize("finished", [Finished("sh: nosuch: not found\n", 127), Finished("", 1), Finished("", 0)])
def test_what_is_the_program_s_own(finished):
    """A finished program that existed raises nothing, whatever its exit status."""
    engine.require_program(finished, "sh")


def test_the_images_that_there_are_come_in_order(monkeypatch):
    """The error lists the images in sorted order, so that its text is the same each time."""

    def get(path):
        if path != "/images/json":
            raise engine_api.NoAnswer("no such image", 404)
        return [{"RepoTags": [f"localhost/{name}:latest"]} for name in "hgfedc"] + [{"RepoTags": ["<none>:<none>"]}, {}]

    monkeypatch.setattr(engine_api, "get", get)
    monkeypatch.setattr(engine, "engine_name", lambda: "docker")

    with pytest.raises(NoImage) as caught:
        engine.require_image("nosuch")
    assert ("busybox", *"cdefgh") == caught.value.names
