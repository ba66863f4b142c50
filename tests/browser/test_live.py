"""A learner with the live parts in JupyterLab: keys, mouse, both languages, both themes, and what stays without."""

import re
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["en", "zh"])
def seen(request, part) -> dict[str, Any]:
    return part("live", request.param)


def test_the_picture_follows_each_step(seen):
    """After each cell of the tutorial, `!ip` among them, the picture shows it without being touched."""
    pictures = [" | ".join(labels) for labels in seen["pictures"]]

    assert "test1" in pictures[0]
    assert "test2" in pictures[1]
    assert "test2" not in pictures[0]
    assert "veth-test1" in pictures[2]
    assert "192.168.1.2/24" in pictures[6]
    assert "LOWERLAYERDOWN" in pictures[7]
    assert 2 == len(re.findall(r"/24.{1,2}UP", pictures[8]))
    assert "veth-test2" in seen["said"]


def test_moved_aside_it_is_alive_too(seen):
    """The view that JupyterLab's menu opens shows the same things."""
    assert seen["here"]
    assert seen["here"] == seen["aside"]


def test_a_click_asks_and_pings(seen):
    """The card of the interface that was clicked, and the ping that its button ran, with its command."""
    assert seen["clicked"].startswith("veth-test2 (test2)")
    assert re.search(r"\$ ip netns exec test2 ping .*192\.168\.1\.1", seen["clicked"])


def test_keys_alone_reach_everything(seen):
    """Arrow keys lead to an interface and along its cable, Enter opens its card, Escape leads back."""
    assert seen["reached"].startswith("veth-test1")
    assert seen["followed"].startswith("veth-test2")
    assert 'link_down("veth-test1", netns="test1")' in seen["card"]
    assert "ip netns exec test1 ip addr show dev veth-test1" in seen["card"]
    assert "ip netns exec test1 ip link set dev veth-test1 down" in seen["given"]
    assert seen["after_escape"].startswith("veth-test1")
    assert not seen["zoomed"].startswith("0 0 ")


def test_the_ping_runs_and_stops_while_another_cell_works(seen):
    """Replies come, packets fly, and Stop answers although a cell is busy: one that waits for the ping's end."""
    assert re.search(r"sent: \d{1,3}\n", seen["while_stopped"])  # 1000 if it had ended by itself


def test_matrix_and_journey_are_pictures(seen):
    """Both are shown with their text alternative; the packets can be saved as a file."""
    assert [True] == [picture["loaded"] for picture in seen["matrix"]["pictures"]]
    assert "veth-test1" in seen["journey"]["pictures"][0]["alt"]
    assert "0a0d0d0a" == seen["pcap"]


def test_both_themes(seen):
    """The ground follows the theme."""
    assert ("rgb(255, 255, 255)", "rgb(17, 17, 17)") == (seen["ground_light"], seen["ground_dark"])


def test_axe_finds_nothing(seen):
    """The accessibility checker has nothing to say, in both themes."""
    assert {"light": [], "dark": []} == seen["axe"]


def test_a_tab_that_is_opened_again_is_alive(seen):
    """It shows the network at once."""
    assert any("veth-test2" in label for label in seen["back_again"])


def test_closing_the_output_leaves_no_thread(seen):
    """Of all threads only the one that talks to Linux is left, although the tab was left once and not closed."""
    assert "['nslab-linux_0']" in seen["threads_left"]


def test_after_a_restart_the_cell_can_be_run_again(seen):
    """It is alive anew, and its still picture hides; at the next restart the picture keeps what it had."""
    assert seen["still_hidden"]
    assert seen["after_restart"]


def test_without_a_kernel_there_is_a_picture(seen):
    """In the saved notebook the still picture is what is seen."""
    assert seen["reopened_visible"]
    assert seen["no_error_shown"]
    assert "test2" in seen["reopened"]["pictures"][0]["alt"]


def test_nothing_goes_wrong_on_the_page(seen):
    """No script fails; at a restart JupyterLab itself may drop a request for a subshell that it had just made."""
    dropped = "Canceled future for create_subshell_request"

    assert [] == [mishap for mishap in seen["mishaps"] if dropped not in mishap]
