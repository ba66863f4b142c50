"""Lesson 3: two namespaces and a cable, by hand."""

from nslab_kernel.language import deferred as _
from nslab_kernel.lessons.call import Call
from nslab_kernel.lessons.facts import AddressOn, Cable, LinkIn, NamespaceExists, Reaches, Up
from nslab_kernel.lessons.lesson import Deed, Lesson, Question, Step
from nslab_kernel.steps.addr import addr_add
from nslab_kernel.steps.link import link_set_netns, link_up, veth_add
from nslab_kernel.steps.netns import netns_add

BY_HAND = Lesson(
    3,
    "3-by-hand",
    _("By hand: two namespaces and a cable"),
    (
        Step(
            "3.1",
            _("Two namespaces"),
            does=(
                Deed(Call(netns_add, "test1"), NamespaceExists("test1")),
                Deed(Call(netns_add, "test2"), NamespaceExists("test2")),
            ),
            hints=(
                _("The lab needs two more places with a network of their own. Which function makes one?"),
                _("netns_add makes a namespace. Are both names spelled as in the text? netns_list() shows them."),
            ),
            question=Question(
                _("What will be in test1 when it is new?"),
                (
                    _("a copy of the host's interfaces"),
                    _("nothing at all"),
                    _("lo, switched off"),
                    _("lo, switched on"),
                ),
                2,
                _("A new namespace has its loopback and nothing else, and nobody has switched it on."),
            ),
        ),
        Step("3.2", _("Inside test1")),
        Step(
            "3.3",
            _("The host's interfaces"),
            question=Question(
                _("Will the host's list show the lo of test1?"),
                (_("yes"), _("no")),
                1,
                _("An interface is in exactly one namespace, and only seen from there."),
            ),
        ),
        Step(
            "3.4",
            _("A cable"),
            does=(Deed(Call(veth_add, "veth-test1", "veth-test2"), Cable("veth-test1", "veth-test2")),),
            hints=(
                _("A cable has two ends, and one function makes both at once."),
                _("veth_add takes the names of both ends: veth-test1 and veth-test2."),
            ),
            question=Question(
                _("Where will the two ends be?"),
                (
                    _("one in test1, one in test2, as their names say"),
                    _("nowhere, until they are plugged in"),
                    _("both on the host"),
                ),
                2,
                _("A name is only a name. Both ends are where the command was run, until somebody moves them."),
            ),
        ),
        Step(
            "3.5",
            _("One end moves"),
            does=(Deed(Call(link_set_netns, "veth-test1", "test1"), LinkIn("veth-test1", "test1")),),
            hints=(
                _("Where is veth-test1 now, and where should it be?"),
                _("link_set_netns takes the interface and the namespace it shall go to."),
            ),
            question=Question(
                _("What about veth-test1 will be different inside test1?"),
                (_("its name"), _("its MAC address"), _("what stands behind the @")),
                2,
                _("The name, the MAC address and even the number stay. From inside, the other end cannot be seen."),
            ),
        ),
        Step(
            "3.6",
            _("Gone from the host"),
            question=Question(
                _("How many ends of your cable will ip link show on the host now?"),
                (_("both ends"), _("one, veth-test2"), _("neither end")),
                1,
                _("An interface is in exactly one namespace. veth-test1 has left the host."),
            ),
        ),
        Step(
            "3.7",
            _("The other end moves"),
            does=(Deed(Call(link_set_netns, "veth-test2", "test2"), LinkIn("veth-test2", "test2")),),
            goal=(Cable("veth-test1", "veth-test2"),),
            hints=(
                _("One end is in test1. Where does the other one belong?"),
                _("Do with veth-test2 what you did with veth-test1 in step 3.5."),
            ),
            question=Question(
                _("Will the host still see what the two send to each other?"),
                (_("yes, it passes through the host"), _("no, it passes the host by")),
                1,
                _("The host has no end of this cable any more."),
            ),
        ),
        Step(
            "3.8",
            _("Addresses"),
            does=(
                Deed(
                    Call(addr_add, "192.168.1.1/24", dev="veth-test1", netns="test1"),
                    AddressOn("192.168.1.1/24", "veth-test1", "test1"),
                ),
                Deed(
                    Call(addr_add, "192.168.1.2/24", dev="veth-test2", netns="test2"),
                    AddressOn("192.168.1.2/24", "veth-test2", "test2"),
                ),
            ),
            hints=(
                _("Look at the number after the slash. With /32, how many neighbours are on the same network?"),
                _("addr_add takes an address with its length, dev= the interface, netns= the namespace it is in."),
            ),
            question=Question(
                _("There is a cable, and there are addresses. test1 pings 192.168.1.2. What will happen?"),
                (_("a reply comes"), _("it waits, and no reply comes"), _("it is refused at once")),
                2,
                _("The route does not come with the address. It comes when the interface is switched on."),
            ),
        ),
        Step(
            "3.9",
            _("Switch both ends on"),
            does=(
                Deed(Call(link_up, "veth-test1", netns="test1"), Up("veth-test1", "test1")),
                Deed(Call(link_up, "veth-test2", netns="test2"), Up("veth-test2", "test2")),
            ),
            hints=(
                _("UP is what somebody wanted, LOWER_UP is what the cable gives. Which end lacks which?"),
                _("NO-CARRIER at one end means that the other end is off: link_up."),
            ),
            question=Question(
                _("You touch test2 alone. Will anything change in test1?"),
                (_("no, only in test2"), _("yes, both ends change")),
                1,
                _("A cable works when both ends are on. So NO-CARRIER goes at this end too, and LOWER_UP comes."),
            ),
        ),
        Step(
            "3.10",
            _("Ping, both ways"),
            after="3.9",
            goal=(Reaches("192.168.1.2", "test1"), Reaches("192.168.1.1", "test2")),
            hints=(
                _("Go through it link by link: are both ends up, has each its address, have both the same length?"),
                _("check() shows which of the steps before does not hold any more."),
            ),
            question=Question(
                _("test1 pings its own address, 192.168.1.1. What comes?"),
                (_("a reply, faster than from test2"), _("no reply"), _("a reply from test2")),
                1,
                _("One's own address is reached by lo, whatever interface has it. And lo is still down."),
            ),
        ),
    ),
)
