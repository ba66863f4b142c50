"""Lesson 1: namespaces, and what a process can see."""

from nslab_kernel.language import deferred as _
from nslab_kernel.lessons.call import Call
from nslab_kernel.lessons.facts import AddressOn, Cable, LinkIn, NamespaceExists, RouteTo, RulesetHas, Up
from nslab_kernel.lessons.lesson import Deed, Lesson, Question, Step
from nslab_kernel.steps.addr import addr_add
from nslab_kernel.steps.link import link_up, veth_add
from nslab_kernel.steps.netns import netns_add, netns_exec

_CHAIN = 'nft add chain inet lab input "{ type filter hook input priority 0; policy drop; }"'

WHAT_A_PROCESS_SEES = Lesson(
    1,
    "1-namespaces",
    _("Namespaces: what a process can see"),
    (
        Step(
            "1.1",
            _("One of each kind"),
            question=Question(
                _("Which of these kinds came after Linux 3.8?"),
                ("net", "pid", "time", "user"),
                2,
                _("time came with Linux 5.6, and cgroup with 4.6. The other six are those of Linux 3.8."),
            ),
        ),
        Step(
            "1.2",
            _("You are in some yourself"),
            question=Question(
                _("Your computer runs hundreds of processes. How many will be counted here?"),
                (_("all of them"), _("two or three"), _("one")),
                1,
                _(
                    "Process 1, which looks after the others, and this notebook's Python; some versions of lsns count "
                    "themselves too. No others are seen."
                ),
            ),
        ),
        Step(
            "1.3",
            _("Two new ones"),
            does=(
                Deed(Call(netns_add, "red"), NamespaceExists("red")),
                Deed(Call(netns_add, "blue"), NamespaceExists("blue")),
            ),
            hints=(
                _("Two more networks are needed, with names of their own."),
                _("netns_add makes a network namespace and gives it a name."),
            ),
            question=Question(
                _("Which of the three numbers will be different inside red?"),
                (_("all three"), _("net alone"), _("none of them")),
                1,
                _("The kinds are independent: a process can change one and keep the others."),
            ),
        ),
        Step(
            "1.4",
            _("Interfaces of its own"),
            does=(
                Deed(Call(veth_add, "x", "y", netns="red"), LinkIn("x", "red"), LinkIn("y", "red")),
                Deed(Call(veth_add, "x", "y", netns="blue"), LinkIn("x", "blue"), LinkIn("y", "blue")),
            ),
            goal=(Cable("x", "y"),),
            hints=(
                _("Both namespaces get a cable, and both cables have the same names."),
                _("veth_add takes netns= for where both ends shall be."),
            ),
            question=Question(
                _("The same line once more, in blue. What does Linux say?"),
                (_("an error: there is an x already"), _("nothing, it works")),
                1,
                _("A name has to be unique in its own namespace only."),
            ),
        ),
        Step(
            "1.5",
            _("Routes of its own"),
            does=(
                Deed(Call(addr_add, "10.9.9.1/24", dev="x", netns="red"), AddressOn("10.9.9.1/24", "x", "red")),
                Deed(Call(link_up, "x", netns="red"), Up("x", "red")),
                Deed(Call(link_up, "y", netns="red"), Up("y", "red")),
            ),
            goal=(RouteTo("10.9.9.0/24", "x", "red"),),
            hints=(
                _("A route comes with an address, on an interface that is up."),
                _("addr_add for x in red, then link_up for both ends."),
            ),
            question=Question(
                _("red has a route now, and blue has an x as well. Which routes does blue have?"),
                (_("the same one"), _("no route")),
                1,
                _("Each namespace has a routing table of its own."),
            ),
        ),
        Step(
            "1.6",
            _("Firewall rules of its own"),
            does=(
                Deed(Call(link_up, "lo", netns="red"), Up("lo", "red")),
                Deed(Call(link_up, "lo", netns="blue"), Up("lo", "blue")),
                Deed(Call(netns_exec, "red", "nft add table inet lab"), RulesetHas("table inet lab", "red")),
                Deed(Call(netns_exec, "red", _CHAIN), RulesetHas("policy drop", "red")),
            ),
            goal=(RulesetHas("", "blue"),),
            ends=(Call(netns_exec, "red", "nft delete table inet lab"),),
            hints=(
                _("red shall drop all that comes in. blue shall have no rule at all."),
                _("In red: lo up, then a table and a chain with policy drop, by nft."),
            ),
            question=Question(
                _("Both ping themselves, at 127.0.0.1. Who gets replies?"),
                (
                    _("neither: one kernel has one firewall"),
                    _("blue alone"),
                    _("both: packets to oneself pass no firewall"),
                ),
                1,
                _("The chain in red drops even what red sends to itself. In blue there is no such chain."),
            ),
        ),
        Step(
            "1.7",
            _("What it does not separate"),
            question=Question(
                _("Now the same folder from outside. Will note be in it?"),
                (_("yes"), _("no")),
                1,
                _("Outside it is the same folder as before: the mount is in the other list only."),
            ),
        ),
        Step(
            "1.8",
            _("Isolated"),
            does=(
                Deed(Call(addr_add, "10.9.9.2/24", dev="x", netns="blue"), AddressOn("10.9.9.2/24", "x", "blue")),
                Deed(Call(link_up, "x", netns="blue"), Up("x", "blue")),
                Deed(Call(link_up, "y", netns="blue"), Up("y", "blue")),
            ),
            hints=(
                _("blue needs what red got in step 1.5: an address, and both ends on."),
                _("addr_add with 10.9.9.2/24 for x in blue, then link_up for x and y."),
            ),
            question=Question(
                _("Two addresses of one subnet, two routes, everything switched on. Who reaches whom?"),
                (
                    _("each reaches the other"),
                    _("red reaches blue, but not the other way round"),
                    _("nobody reaches anybody"),
                ),
                2,
                _("The addresses fit, but no cable leads from one namespace to the other."),
            ),
        ),
    ),
)
