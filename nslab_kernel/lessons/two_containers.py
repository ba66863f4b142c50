"""Lesson 2: two containers talk, and why."""

from nslab_kernel.containers.calls import container_run
from nslab_kernel.language import deferred as _
from nslab_kernel.lessons.call import call
from nslab_kernel.lessons.facts import ContainerRuns, NamespaceOfContainer, Reaches
from nslab_kernel.lessons.lesson import Lesson, Question, Step, deed
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
                deed(call(container_run, "busybox_1", command=_LOOP), ContainerRuns("busybox_1")),
                deed(call(container_run, "busybox_2", command=_LOOP), ContainerRuns("busybox_2")),
            ),
            hints=(
                _("Two containers shall run, busybox_1 and busybox_2."),
                _("container_run makes one and starts it; its first process has to live on."),
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
        ),
        Step(
            "2.7",
            _("A name for it"),
            does=(deed(call(netns_attach, "web", "busybox_1"), NamespaceOfContainer("web", "busybox_1")),),
            hints=(
                _("ip netns shows what has a name in /run/netns. The container's namespace has none yet."),
                _("netns_attach takes the new name and the container."),
            ),
            question=Question(
                _("Two containers run. What does ip netns list show before you name one?"),
                (_("two namespaces"), _("nothing")),
                1,
                _("The list shows names in a folder. Docker puts none there."),
            ),
        ),
    ),
)
