"""What the client of an engine says, and what it leaves out."""

import pytest

from nslab_kernel.containers import engine
from nslab_kernel.errors import NoImage, RefusedByEngine
from nslab_kernel.linux import engine_api
from nslab_kernel.linux.command import Finished


def test_a_client_that_lost_the_words():
    """Podman's may keep the 127 alone, when its engine hangs up before it has read why."""
    with pytest.raises(RefusedByEngine, match="no program nosuch") as refused:
        engine.require_program(Finished("", 127), "nosuch")
    assert "127" == refused.value.words


@pytest.mark.parametrize("finished", [Finished("sh: nosuch: not found\n", 127), Finished("", 1), Finished("", 0)])
def test_what_is_the_program_s_own(finished):
    """A program that ended so was there."""
    engine.require_program(finished, "sh")


def test_the_images_that_there_are_come_in_order(monkeypatch):
    """The same engine is told of in the same words each time."""

    def get(path):
        if path != "/images/json":
            raise engine_api.NoAnswer("no such image", 404)
        return [{"RepoTags": [f"localhost/{name}:latest"]} for name in "hgfedc"] + [{"RepoTags": ["<none>:<none>"]}, {}]

    monkeypatch.setattr(engine_api, "get", get)
    monkeypatch.setattr(engine, "engine_name", lambda: "docker")

    with pytest.raises(NoImage) as caught:
        engine.require_image("nosuch")
    assert ("busybox", *"cdefgh") == caught.value.names
