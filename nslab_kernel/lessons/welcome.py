"""Lesson 0: does my lab work?"""

from nslab_kernel.language import deferred as _
from nslab_kernel.lessons.call import Call
from nslab_kernel.lessons.facts import Cable, LinkAbsent, Up
from nslab_kernel.lessons.lesson import Deed, Lesson, Question, Step
from nslab_kernel.steps.link import link_del, link_up, veth_add
from nslab_kernel.steps.whole_lab import undo

WELCOME = Lesson(
    0,
    "0-welcome",
    _("Welcome: does my lab work?"),
    (
        Step(
            "0.1",
            _("Where am I?"),
            question=Question(
                _("How many interfaces does the host of your lab have?"),
                (_("as many as my computer"), _("one"), _("none at all")),
                1,
                _("Every new network has lo, the loopback, and nothing else."),
            ),
        ),
        Step(
            "0.2",
            _("First touch"),
            does=(Deed(Call(veth_add, "a", "b"), Cable("a", "b")),),
            hints=(
                _("A cable has two ends, and one function makes both at once."),
                _("veth_add takes the names of both ends: a and b."),
            ),
            question=Question(
                _("How many more interfaces will there be?"),
                (_("one"), _("two"), _("three")),
                1,
                _("A cable has two ends, and each end is an interface of its own."),
            ),
        ),
        Step(
            "0.3",
            _("Take it back"),
            does=(Deed(Call(link_del, "a"), LinkAbsent("a"), LinkAbsent("b")),),
            ends=(Call(undo),),
            after="0.2",
            hints=(
                _("One of the two ends has to go. What will the other do?"),
                _("link_del takes the name of an interface."),
            ),
            question=Question(
                _("You delete the end a. What becomes of b?"),
                (
                    _("it stays, plugged in nowhere"),
                    _("it goes too"),
                    _("Linux refuses, for b is still connected to it"),
                ),
                1,
                _("A veth pair is one thing with two ends. There is no half of it."),
            ),
        ),
        Step("0.4", _("How safe is this?")),
        Step(
            "0.5",
            _("Break it, mend it"),
            does=(Deed(Call(link_up, "a"), Up("a")), Deed(Call(link_up, "b"), Up("b"))),
            hints=(
                _("One end of the cable is off. Which one has no UP between the angle brackets of its line?"),
                _("link_up takes the name of an interface."),
            ),
        ),
    ),
)
