"""Facts about a network that a step asks for.

A fact is about the state of the network alone: it holds whatever tool brought that state about. Interfaces are judged
by their flags, because Linux has several words for one operational state (RFC 2863).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nslab_kernel.language import tidy
from nslab_kernel.language import translate as _
from nslab_kernel.lessons.call import Call
from nslab_kernel.model.guidance import FactCheck
from nslab_kernel.model.lookup import all_links, namespace_at
from nslab_kernel.model.network import HOST, Link, Network
from nslab_kernel.network.snapshot import with_neighbours
from nslab_kernel.probe.ping import ping
from nslab_kernel.steps.addr import addr_show
from nslab_kernel.steps.link import link_show
from nslab_kernel.steps.netns import netns_exec, netns_list
from nslab_kernel.steps.route import route_show


class Fact(ABC):
    """Something that holds in a network, or does not."""

    def check(self, network: Network) -> FactCheck:
        """Return whether the fact holds, and what is there instead."""
        instead = self._instead(network)
        return self._check(instead is None, instead and instead())

    def check_quietly(self, network: Network, when: str) -> FactCheck:
        """Check without sending a packet; `when` is the time at which the step was reached, or empty."""
        return self.check(network)

    def _check(self, holds: bool, actual: str | None) -> FactCheck:
        fields = {**vars(self), "place": _place(vars(self).get("netns"))}
        what, expected, look = self._words()
        expected = tidy(expected.format(**fields))
        return FactCheck(tidy(what.format(**fields)), expected, expected if actual is None else actual, holds, look)

    @abstractmethod
    def _instead(self, network: Network) -> Callable[[], str] | None:
        """Return `None` if the fact holds, else a function that says what is there instead.

        It is a function because each change checks the facts of all open steps, and few of the words are ever shown.
        """

    @abstractmethod
    def _words(self) -> tuple[str, str, str]:
        """Return what is checked and what is expected, both with field names in braces, and the line that shows it."""


@dataclass(frozen=True)
class NamespaceExists(Fact):
    """There is a namespace of that name."""

    name: str

    def _words(self) -> tuple[str, str, str]:
        return _("namespace {name}"), _("exists"), Call(netns_list).line

    def _instead(self, network: Network) -> Callable[[], str] | None:
        return None if namespace_at(self.name, network) else lambda: self._nearly(network)

    def _nearly(self, network: Network) -> str:
        mixed_up = next((name for name in network.namespaces if sorted(name) == sorted(self.name)), None)
        return _("there is {name}").format(name=mixed_up) if mixed_up else _("there is none")


@dataclass(frozen=True)
class NamespaceOfContainer(Fact):
    """`ip netns` has this name for the namespace of a container."""

    name: str
    container: str

    def _words(self) -> tuple[str, str, str]:
        container = _("the container {name}").format(name=self.container)
        return _("namespace {name}"), container, Call(netns_list).line

    def _instead(self, network: Network) -> Callable[[], str] | None:
        there = namespace_at(self.name, network)
        if there is None:
            return lambda: _("there is none")
        if there.container is None:
            return lambda: _("no container")
        found = there.container.name
        return None if found == self.container else lambda: _("the container {name}").format(name=found)


@dataclass(frozen=True)
class ContainerRuns(Fact):
    """A container of that name runs."""

    name: str

    def _words(self) -> tuple[str, str, str]:
        return _("container {name}"), _("runs"), "container_list()"

    def _instead(self, network: Network) -> Callable[[], str] | None:
        names = [one.container.name for one in network.namespaces.values() if one.container]
        return None if self.name in names else lambda: _("does not run")


@dataclass(frozen=True)
class LinkIn(Fact):
    """An interface is in one namespace; `None` is the host."""

    ifname: str
    netns: str | None = None

    def _words(self) -> tuple[str, str, str]:
        return _("interface {ifname}"), _("in {place}"), Call(link_show, netns=self.netns).line

    def _instead(self, network: Network) -> Callable[[], str] | None:
        return None if _link(network, self.ifname, self.netns) else lambda: self._elsewhere(network)

    def _elsewhere(self, network: Network) -> str:
        places = [_place(name) for name in network.namespaces if _link(network, self.ifname, name)]
        return tidy(_("in {place}").format(place=_(", ").join(places))) if places else _("there is none")


@dataclass(frozen=True)
class LinkAbsent(Fact):
    """There is no interface of that name in a namespace."""

    ifname: str
    netns: str | None = None

    def _words(self) -> tuple[str, str, str]:
        return _("{ifname} in {place}"), _("there is none"), Call(link_show, netns=self.netns).line

    def _instead(self, network: Network) -> Callable[[], str] | None:
        return (lambda: _("exists")) if _link(network, self.ifname, self.netns) else None


@dataclass(frozen=True)
class Cable(Fact):
    """Two interfaces of these names are the ends of one veth pair, wherever they are; veth(4)."""

    ifname: str
    peer: str

    def _words(self) -> tuple[str, str, str]:
        return _("the cable of {ifname}"), _("to {peer}"), "topology()"

    def _instead(self, network: Network) -> Callable[[], str] | None:
        peers = [link.peer.ifname for link in all_links(network) if link.ifname == self.ifname and link.peer]
        if self.peer in peers:
            return None
        return lambda: _("to {peer}").format(peer=_(", ").join(peers)) if peers else _("there is no such cable")


@dataclass(frozen=True)
class AddressOn(Fact):
    """An interface has this address, with this length."""

    addr: str
    ifname: str
    netns: str | None = None

    def _words(self) -> tuple[str, str, str]:
        return _("{ifname} in {place}, address"), "{addr}", Call(addr_show, netns=self.netns).line

    def _instead(self, network: Network) -> Callable[[], str] | None:
        link = _link(network, self.ifname, self.netns)
        if link is None:
            return lambda: _("there is no such interface")
        if self.addr in link.addresses:
            return None
        others = [addr for addr in link.addresses if (":" in addr) == (":" in self.addr)]
        return lambda: _(", ").join(others) or _("no address")


@dataclass(frozen=True)
class RouteTo(Fact):
    """A namespace has a route to a network through an interface."""

    dst: str
    dev: str
    netns: str | None = None

    def _words(self) -> tuple[str, str, str]:
        return _("route to {dst} in {place}"), "dev {dev}", Call(route_show, netns=self.netns).line

    def _instead(self, network: Network) -> Callable[[], str] | None:
        there = namespace_at(self.netns, network)
        devs = [route.dev for route in there.routes if route.dst == self.dst] if there else []
        if self.dev in devs:
            return None
        return lambda: _(", ").join(f"dev {dev}" for dev in devs) or _("there is none")


@dataclass(frozen=True)
class Up(Fact):
    """An interface is enabled: flag UP."""

    ifname: str
    netns: str | None = None

    def _words(self) -> tuple[str, str, str]:
        return _("{ifname} in {place}, flags"), "UP", Call(link_show, netns=self.netns).line

    def _instead(self, network: Network) -> Callable[[], str] | None:
        link = _link(network, self.ifname, self.netns)
        if link is None:
            return lambda: _("there is no such interface")
        return None if link.up else lambda: _(", ").join(link.flags)


@dataclass(frozen=True)
class RulesetHas(Fact):
    """The packet filter of a namespace contains these words; if `words` is empty, so is the filter; nft(8)."""

    words: str
    netns: str | None = None

    def _words(self) -> tuple[str, str, str]:
        return (
            _("packet filter in {place}"),
            self.words or _("empty"),
            Call(netns_exec, self.netns, "nft list ruleset").line,
        )

    def _instead(self, network: Network) -> Callable[[], str] | None:
        there = namespace_at(self.netns, network)
        if there is None:
            return lambda: _("there is no such namespace")
        is_empty = not there.ruleset
        holds = self.words in there.ruleset if self.words else is_empty
        return None if holds else lambda: _("empty") if is_empty else _("other rules")


@dataclass(frozen=True)
class Reaches(Fact):
    """A ping from a namespace is answered; `check` sends one."""

    dst: str
    netns: str | None = None

    def check_quietly(self, network: Network, when: str) -> FactCheck:
        """Check by the time at which the step was reached, and by the interfaces, without a ping."""
        if lost := self.in_vain(network) or self._cannot_work(network):
            return self._check(False, lost)
        return self._check(bool(when), _("yes, at {time}").format(time=when) if when else _("nobody has tried yet"))

    def in_vain(self, network: Network) -> str:
        """Return why a ping would prove nothing: no namespace to send it, or the sender's own address; else empty."""
        there = namespace_at(self.netns, network)
        if there is None:
            return _("there is no such namespace")
        is_own = any(self.dst in _bare(link) for link in there.links)
        return _("{addr} is its own address").format(addr=self.dst) if is_own else ""

    def _cannot_work(self, network: Network) -> str:
        """Return what is wrong with the sender or the destination; empty where both may work."""
        there = namespace_at(self.netns, network)
        sending = [link for link in there.links if link.kind != "loopback"] if there else []
        having = [link for link in all_links(network) if self.dst in _bare(link)]
        if not having:
            return _("no interface has {addr}").format(addr=self.dst)
        for links in (having, sending):
            if links and not any(link.up and link.carrier for link in links):
                return _("{ifname} is off, or the other end of its cable").format(ifname=links[0].ifname)
        return ""

    def was_tried(self, network: Network) -> bool:
        """Return whether the sender knows the neighbour's MAC address already, so that a ping adds no neighbour."""
        if namespace_at(self.netns, network) is None:
            return False
        there = namespace_at(self.netns, with_neighbours(self.netns))
        return there is not None and any(each.dst == self.dst and each.mac for each in there.neighbours)

    def _words(self) -> tuple[str, str, str]:
        return _("ping from {place} to {dst}"), _("a reply"), Call(ping, self.dst, netns=self.netns).line

    def _instead(self, network: Network) -> Callable[[], str] | None:
        """Send one request, and wait at most a second for the reply."""
        if why := self.in_vain(network):
            return lambda: why
        found = ping(self.dst, netns=self.netns, count=1)
        return None if found else lambda: found.reason or _("no reply")


def missing(facts: Iterable[Fact], network: Network) -> bool:
    """Return whether one of these facts does not hold."""
    return any(fact._instead(network) is not None for fact in facts)


def _place(netns: str | None) -> str:
    return _("the host") if netns in (None, HOST) else str(netns)


def _bare(link: Link) -> set[str]:
    return {addr.partition("/")[0] for addr in link.addresses}


def _link(network: Network, ifname: str, netns: str | None) -> Link | None:
    there = namespace_at(netns, network)
    return next((link for link in there.links if link.ifname == ifname), None) if there else None
