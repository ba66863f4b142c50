"""Where things stand: nothing lies on anything, no cable crosses without need, what is there stays."""

from hypothesis import given, settings
from tests.unit.scene.sketches import colliding, crossings, cut_boxes, networks, spilling

from nslab_kernel.scene.topology import topology_scene

ONE_BY_ONE = settings(max_examples=150, deadline=None)


@ONE_BY_ONE
@given(networks())
def test_nothing_lies_on_anything(network):
    """Rooms, sockets and words never overlap, and stay inside their frames."""
    scene = topology_scene(network)

    assert [] == colliding(scene)
    assert [] == spilling(scene)


@ONE_BY_ONE
@given(networks())
def test_cables_cross_no_box(network):
    """A cable runs through no socket and no room but its own."""
    assert [] == cut_boxes(topology_scene(network))


@ONE_BY_ONE
@given(networks())
def test_cables_cross_only_as_counted(network):
    """The drawing has no crossing that the order did not count; every cable finds a way."""
    scene = topology_scene(network)

    assert scene.placement.order.crossings < 100
    assert crossings(scene) <= scene.placement.order.crossings
