"""What `ping` writes, explained."""

import re

from nslab_kernel.display.explain_rules import Around, Rule
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural


def _destination(found: re.Match[str], around: Around) -> str:
    return _("Echo requests (ICMP) go to {dst}.").format(dst=found[1])


def _sizes(found: re.Match[str], around: Around) -> str:
    return _("{data} bytes of filling; with 8 of ICMP and 20 of IP, {packet} in all.").format(
        data=found[1], packet=found[2]
    )


def _reply_size(found: re.Match[str], around: Around) -> str:
    return _("The size of the reply: {data} bytes of filling and 8 of ICMP.").format(data=int(found[1]) - 8)


def _sender(found: re.Match[str], around: Around) -> str:
    return _("Who replied: {dst}.").format(dst=found[1])


def _number(found: re.Match[str], around: Around) -> str:
    return _("The reply to request number {number}. A number that is missing was lost.").format(number=found[1])


def _number_of_error(found: re.Match[str], around: Around) -> str:
    return _("What became of request number {number}.").format(number=found[1])


def _ttl(found: re.Match[str], around: Around) -> str:
    ttl = int(found[1])
    start = next(limit for limit in (64, 128, 255) if ttl <= limit)
    hops = start - ttl
    if not hops:
        return _("The reply set out with {start}, and each router takes one off: none lies between.").format(
            start=start
        )
    return translate_plural(
        "It probably set out with {start}, and each router takes one off: {hops} router lies between.",
        "It probably set out with {start}, and each router takes one off: {hops} routers lie between.",
        hops,
    ).format(start=start, hops=hops)


def _time(found: re.Match[str], around: Around) -> str:
    times = [float(time) for time in re.findall(r"time=([\d.]+)", around.text)]
    first = "icmp_seq=1 " in around.block
    if first and len(times) > 1 and times[0] > 2 * max(times[1:]):
        return _("There and back took {time} ms. The first one probably had to ask for the MAC address.").format(
            time=found[1]
        )
    return _("There and back took {time} ms.").format(time=found[1])


def _error(found: re.Match[str], around: Around) -> str:
    who = found["who"]
    sentences = {
        "Destination Host Unreachable": _("{who} asked for the next neighbour's MAC address, and nobody answered."),
        "Destination unreachable: Address unreachable": _("{who} asked for the next neighbour, and nobody answered."),
        "Destination Net Unreachable": _("{who} has no route that leads on."),
        "Time to live exceeded": _("{who} threw it away: it had passed too many routers."),
        "Destination Port Unreachable": _("{who} is there, but its port or its firewall refused."),
        "Packet filtered": _("A firewall at {who} refused it."),
    }
    return sentences.get(found["w"], "").format(who=who)


def _who(found: re.Match[str], around: Around) -> str:
    return _("Who says this: {who}. If that is my own address, it is my own kernel speaking.").format(who=found[1])


def _plain(found: re.Match[str], around: Around) -> str:
    return {
        "packets transmitted": _("So many requests were sent: {count}."),
        "received": _("So many replies came back: {count}."),
        "packet loss": _("The share of requests without a reply: {count} percent."),
        "errors": _("Not replies, but messages that it could not be delivered: {count}."),
        "duplicates": _("Replies that came more than once: {count}."),
    }[found["what"]].format(count=found["count"])


def _total(found: re.Match[str], around: Around) -> str:
    return _("From the first request to the last, {time} ms passed.").format(time=found[1])


def _rtt(found: re.Match[str], around: Around) -> str:
    return _(
        "The round-trip times: the shortest {least} ms, the mean {mean} ms, the longest {most} ms; "
        "they differ by about {spread} ms."
    ).format(least=found[1], mean=found[2], most=found[3], spread=found[4])


def _pipe(found: re.Match[str], around: Around) -> str:
    return _("Up to {count} requests were on their way at the same time.").format(count=found[1])


def _refused(found: re.Match[str], around: Around) -> str:
    return {
        "Network is unreachable": _("My own kernel has no route to there, so nothing was sent."),
        "No route to host": _("My own kernel has a route that says: unreachable. Nothing was sent."),
        "Invalid argument": _("A blackhole route, or an address that fits no interface. Nothing was sent."),
        "Permission denied": _("A rule forbids it: a prohibit route or a firewall. Nothing was sent."),
    }[found["w"]]


REFUSED_RULE = Rule(
    r"(?P<w>Network is unreachable|No route to host|Invalid argument|Permission denied)$", _refused, "ip-route(8)"
)
PING_RULES = (
    Rule(r"^PING (\S+)", _destination, "ping(8)"),
    Rule(r"(\d+)\((\d+)\) bytes of data", _sizes, "ping(8)"),
    Rule(r"^(\d+) bytes(?= from)", _reply_size, "ping(8)"),
    Rule(r"\bfrom (\S+)(?=:)", _sender, "ping(8)"),
    Rule(r"^From (\S+)", _who, "icmp(7)"),
    Rule(r"^From (?P<who>\S+) icmp_seq=\d+ (?P<w>.+)$", _error, "icmp(7)"),
    Rule(r"icmp_seq=(\d+)(?= ttl)", _number, "ping(8)"),
    Rule(r"icmp_seq=(\d+)", _number_of_error, "ping(8)"),
    Rule(r"ttl=(\d+)", _ttl, "ip(7)"),
    Rule(r"time=([\d.]+) ms", _time, "ping(8)"),
    Rule(
        r"(?P<count>[+\d.]+)%? (?P<what>packets transmitted|received|packet loss|errors|duplicates)", _plain, "ping(8)"
    ),
    Rule(r"time (\d+)ms", _total, "ping(8)"),
    Rule(r"rtt min/avg/max/mdev = ([\d.]+)/([\d.]+)/([\d.]+)/([\d.]+) ms", _rtt, "ping(8)"),
    Rule(r"pipe (\d+)", _pipe, "ping(8)"),
    REFUSED_RULE,
)
