"""The difference of two Networks, by namespaces, links and lines."""

from dataclasses import replace

from nslab_kernel.model.difference import difference
from nslab_kernel.model.network import HOST, End, Namespace, Neighbour, Network
from tests.networks import bare, before_the_move, lo, network, one_end_up, two_namespaces


def test_nothing():
    """The difference of a network with itself is empty, and false."""
    same = difference(two_namespaces(), two_namespaces())

    assert not same
    assert same.added + same.removed == ()


def test_a_namespace_comes():
    """A new namespace adds a line of `ip netns` and the line of its `lo`."""
    came = difference(bare(), network(test1=Namespace("test1", (lo(),))))

    assert came.namespaces_added == ("test1",)
    assert (End("test1", "lo"),) == came.links_added
    assert [line.shown_by for line in came.added] == ["ip netns", "ip link"]
    assert came.removed == ()


def test_gone_is_the_mirror_of_come():
    """What one direction adds, the opposite direction removes."""
    there, back = difference(bare(), two_namespaces()), difference(two_namespaces(), bare())

    assert there.added == back.removed
    assert there.links_added == back.links_removed
    assert there.namespaces_added == back.namespaces_removed


def test_a_move_is_one_link():
    """A link that left one namespace and came into another counts as one moved link."""
    before = before_the_move()
    end, other = before.link("veth-test1"), before.link("veth-test2")
    here = replace(end, peer=End("host", "veth-test2"), link_netnsid=0)
    there = replace(other, peer=End("test1", "veth-test1"), link_netnsid=0)
    host = replace(before.namespaces["host"], links=(lo(up=True), there))
    after = network(host=host, test1=Namespace("test1", (lo(), here)), test2=Namespace("test2", (lo(),)))

    moved = difference(before, after)

    assert ((End("host", "veth-test1"), End("test1", "veth-test1")),) == moved.links_moved
    assert moved.links_changed == ()
    assert len(moved.removed) == 2  # the end that left, and the old line of the other end


def test_up_changes_both_ends():
    """When the second end goes up, both ends change: the first gets its carrier."""
    changed = difference(one_end_up(), two_namespaces())

    assert (End("test1", "veth-test1"), End("test2", "veth-test2")) == changed.links_changed
    assert {line.about for line in changed.removed if line.shown_by == "ip link"} == {
        line.about for line in changed.added if line.shown_by == "ip link"
    }


def test_a_neighbour_counts_when_it_comes_not_when_its_state_turns():
    """A new neighbour is a difference; a changed state is none, because states change by themselves."""
    plain = two_namespaces()
    known = Neighbour("192.168.1.2", "veth-test1", "02:00:00:00:00:02", "REACHABLE")
    one = plain.namespaces["test1"]
    fresh = network(test1=replace(one, neighbours=(known,)), test2=plain.namespaces["test2"])
    stale = network(test1=replace(one, neighbours=(replace(known, state="STALE"),)), test2=plain.namespaces["test2"])

    assert len(difference(plain, fresh).added) == 1
    assert not difference(fresh, stale)


def test_the_switch_is_a_line_when_it_is_on():
    """The line `net.ipv4.ip_forward = 1` is added when the sysctl is set, and removed when it is unset."""
    off = network(test1=Namespace("test1", (lo(),)))
    on = network(test1=Namespace("test1", (lo(),), ip_forward=True))

    assert [line.text for line in difference(off, on).added] == ["net.ipv4.ip_forward = 1"]
    assert [line.text for line in difference(on, off).removed] == ["net.ipv4.ip_forward = 1"]


def test_a_rule_that_changes_places_goes_and_comes():
    """A rule whose place changed is removed and added, because the order decides; a further rule is only added."""
    rules = {name: f"table ip f {{\nchain c {{\n{name}\n}}\n}}" for name in ("a\nb\nc", "c\na\nb", "c\na\nb\nc")}
    first, turned, longer = (Network({HOST: Namespace(HOST, ruleset=text)}) for text in rules.values())

    changed, grown = difference(first, turned), difference(first, longer)

    assert ["table ip f { chain c { c"] == [line.text for line in changed.added]
    assert changed.added == changed.removed
    assert (1, 0) == (len(grown.added), len(grown.removed))
