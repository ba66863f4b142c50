"""Lesson 2: two containers talk, and why."""

from nslab_kernel.containers.calls import container_run
from nslab_kernel.language import deferred as _
from nslab_kernel.lessons.call import Call
from nslab_kernel.lessons.facts import ContainerRuns, NamespaceOfContainer, Reaches
from nslab_kernel.lessons.lesson import Deed, Lesson, Question, Step
from nslab_kernel.steps.netns import netns_attach

_LOOP = '/bin/sh -c "while true;do sleep 3600;done"'

TWO_CONTAINERS = Lesson(
    2,
    "2-containers",
    _("Two containers talk. Why?"),
    (
        Step(
            "2.1",
            _("Two containers"),
            does=(
                Deed(Call(container_run, "busybox_1", command=_LOOP), ContainerRuns("busybox_1")),
                Deed(Call(container_run, "busybox_2", command=_LOOP), ContainerRuns("busybox_2")),
            ),
            hints=(
                _("Two containers shall run, busybox_1 and busybox_2."),
                _("container_run makes one and starts it; its first process has to live on."),
            ),
            question=Question(
                _("The host has lo alone. What will be there afterwards?"),
                (_("nothing new: the container has it all inside"), _("one interface more"), _("two more")),
                2,
                _("docker0, a bridge, comes with the engine. One end of a cable comes with the container."),
            ),
        ),
        Step("2.2", _("The list")),
        Step(
            "2.3",
            _("Their addresses"),
            question=Question(
                _("In busybox_1, eth0 is followed by @if and a number, perhaps @if4. What is number 4?"),
                (
                    _("this is the fourth interface in the container"),
                    _("the number of the cable's other end, wherever that is"),
                    _("the number of containers"),
                ),
                1,
                _("From in here the other end cannot be seen: Linux knows only its number."),
            ),
        ),
        Step(
            "2.4",
            _("They talk"),
            after="2.1",
            goal=(Reaches("172.17.0.3", "busybox_1"), Reaches("172.17.0.2", "busybox_2")),
            hints=(
                _("Do both run, and which address does each have? container_exec shows it."),
                _("A container gets the lowest free address when it starts: were others started before?"),
            ),
            question=Question(
                _("With which ttl will the replies come? It starts at 64, and each router takes one off."),
                (_("63: the host is a router between them"), "64"),
                1,
                _("Nobody took one off. What is between the two forwards every packet unchanged."),
            ),
        ),
        Step(
            "2.5",
            _("A container is a namespace"),
            question=Question(
                _("What will ip netns list show?"),
                (_("all three namespaces"), _("the two of the containers"), _("nothing")),
                2,
                _("It reads the names in the folder /run/netns, and the engine puts none there."),
            ),
        ),
        Step(
            "2.6",
            _("Who forwards their packets?"),
            question=Question(
                _("The bridge is off. What will a ping from busybox_2 to busybox_1 bring?"),
                (
                    _("replies: Docker forwards the packets"),
                    _("Network is unreachable, at once"),
                    _("no reply"),
                ),
                2,
                _("There is a route, so Linux does not refuse. The packet gets to the bridge, and is lost there."),
            ),
        ),
        Step(
            "2.7",
            _("A name for it"),
            does=(Deed(Call(netns_attach, "web", "busybox_1"), NamespaceOfContainer("web", "busybox_1")),),
            hints=(
                _("ip netns shows what has a name in /run/netns. The container's namespace has none yet."),
                _("netns_attach takes the new name and the container."),
            ),
        ),
        Step("2.8", _("Stop and start")),
    ),
)
