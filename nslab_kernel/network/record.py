"""Decorators that make a function a step: snapshot, act, snapshot.

Each takes a template of the shell command that the function stands for, written as in a manual page. `{name}` is an
argument. `[...]` is left out if its argument is `None` or `False`; `[ {nodad}]` is the word `nodad` if that is `True`.
`A | B` is A if all arguments outside its brackets are given, else B. If an argument outside brackets names a namespace,
`None` is the host. A command with `netns=` runs inside that namespace unless the template contains `{netns}`. The
command is shown to the learner, tested on a twin network, and attached to every error.
"""

import inspect
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any, ParamSpec

from nslab_kernel.errors import AmbiguousName, LabError
from nslab_kernel.linux import argument_checks, container_netns, iproute2, links, namespaces, netns_processes
from nslab_kernel.linux import command as program
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.network import Network
from nslab_kernel.model.results import Change, Holder, Listing
from nslab_kernel.network import history, ownership
from nslab_kernel.network.history import Step
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.network.step_lock import step_lock
from nslab_kernel.spelling import as_word

P = ParamSpec("P")
_NAMESPACES = ("target", "netns", "peer_netns")
"""Parameters that name a namespace; `None` is the host."""
_BY_PROCESS = ("container", *_NAMESPACES)
"""Parameters that can name a container; the command then contains the pid of its first process."""
_OPTIONAL = re.compile(r"\[(.*?\{(\w+)\})\]")
_PLACE = re.compile(r"\{(\w+)\}")
_RETURNS = {
    Change: "a Change: the command, and what came and what went.",
    Listing: "a Listing: the command, and what the real program wrote.",
}


def changes(template: str) -> Callable[[Callable[P, Operation | None]], Callable[P, Change]]:
    """Make a function that changes the network a step, which returns a Change.

    If the function changes something that a Network does not contain, it returns the operation that undoes this.
    """

    def as_step(function: Callable[P, Operation | None]) -> Callable[P, Change]:
        @wraps(function)
        def step(*args: P.args, **kwargs: P.kwargs) -> Change:
            arguments = _arguments(function, args, kwargs)
            with step_lock():
                with recorded(fill(template, arguments), arguments) as recording:
                    undo_operation = function(*args, **kwargs)
                history.remember(Step(recording.change, undo_operation))
            return recording.change

        return _documented(step, template, Change)

    return as_step


def runs(template: str) -> Callable[[Callable[P, None]], Callable[P, Change]]:
    """Make a function that changes the network a step: its body checks the arguments, then the real program runs.

    This is for commands with many iproute2 options that are only passed on. The interface in the argument `dev` must
    exist. With `@changes` no process is started.
    """

    def as_step(function: Callable[P, None]) -> Callable[P, Change]:
        @wraps(function)
        def body(*args: P.args, **kwargs: P.kwargs) -> None:
            arguments = _arguments(function, args, kwargs)
            netns = arguments.pop("netns")
            require_namespace(netns)
            function(*args, **kwargs)
            if "dev" in arguments:
                links.require(arguments["dev"], netns)
            iproute2.run(shlex.split(fill(template, arguments)), netns)

        return changes(template)(body)

    return as_step


def shows(template: str) -> Callable[[Callable[P, None]], Callable[P, Listing]]:
    """Make a function that only shows something a step: its body checks the arguments, then the real program runs."""

    def as_step(function: Callable[P, None]) -> Callable[P, Listing]:
        @wraps(function)
        def step(*args: P.args, **kwargs: P.kwargs) -> Listing:
            arguments = _arguments(function, args, kwargs)
            command = fill(template, arguments)
            with attach_command(command):
                require_lab()
                netns, ifname = arguments.get("netns"), arguments.get("ifname", arguments.get("dev"))
                require_namespace(netns)
                if ifname is not None:
                    links.require(ifname, netns)
                function(*args, **kwargs)
                namespaces.require_readable()
                finished = program.run(shlex.split(command))
            return Listing(command, finished.text, finished.status)

        return _documented(step, template, Listing)

    return as_step


class Recording:
    """One change: the network before it and after it."""

    before: Network
    """The network before the change."""
    change: Change
    """The result, set when the block of `recorded` ends without an error."""


@contextmanager
def recorded(command: str, arguments: Mapping[str, object]) -> Iterator[Recording]:
    """Record what is changed within the block; record nothing if the block fails.

    Args:
        command: The shell command that the block stands for.
        arguments: The arguments of the step, by parameter.
    """
    made = Recording()
    with attach_command(command):
        require_lab()
        made.before = history.observe_others()
        _require_unambiguous(made.before, arguments)
        ownership.require_ours(made.before, arguments)
        yield made
        after = settle(made.before, made_here=True)
        history.set_seen(after)
        made.change = Change(command, made.before, after, alive=tuple(_still_alive(made.before, after)))
        if ownership.record_ours(made.change, arguments):
            # Linux sends no notification when an interface that is down gets an alias.
            history.set_seen(snapshot(thorough=True))


@contextmanager
def attach_command(command: str) -> Iterator[None]:
    """Attach the command to every LabError raised inside."""
    try:
        yield
    except LabError as error:
        error.command = error.command or command
        raise


def fill(template: str, arguments: Mapping[str, object]) -> str:
    """Return the shell command of a template, with its arguments quoted for the shell."""

    def optional(match: re.Match[str]) -> str:
        part, name = match[1], match[2]
        if not _is_given(arguments[name]):
            return ""
        return f" {name}" if part == f" {{{name}}}" and arguments[name] is True else part

    def word(match: re.Match[str]) -> str:
        name, value = match[1], arguments[match[1]]
        if isinstance(value, Mapping):
            return shlex.join(_option_words(value))
        if value is None and name in _NAMESPACES:
            return namespaces.host_netns_argument()
        value = int(value) if isinstance(value, bool) else value  # commands write a truth value as 1 or 0
        return shlex.quote(container_netns.netns_argument(as_word(value)) if name in _BY_PROCESS else as_word(value))

    chosen = _choose(template, arguments)
    line = _PLACE.sub(word, _OPTIONAL.sub(optional, chosen))
    netns = arguments.get("netns")
    if netns is None or "{netns}" in chosen:
        return line
    return f"{shlex.join(container_netns.exec_prefix(as_word(netns)))} {line}"


def require_namespace(name: str | None) -> None:
    """Check that a name is that of a namespace or of a container; `None` is the host.

    Raises:
        BadValue: The value cannot be a name.
        NoNamespace: There is no namespace and no container of that name.
        AmbiguousName: There is a namespace and a container of that name.
    """
    if name is not None:
        argument_checks.check_text(name)
        container_netns.require_unambiguous(name)


def _choose(template: str, arguments: Mapping[str, object]) -> str:
    """Return the first alternative of a template whose arguments outside brackets are all given, else the last."""
    *others, last = template.split(" | ")

    def fits(one: str) -> bool:
        return all(_is_given(arguments[name]) for name in _PLACE.findall(_OPTIONAL.sub("", one)))

    return next(filter(fits, others), last)


def _is_given(value: object) -> bool:
    return value is not None and value is not False and not (isinstance(value, Mapping) and not value)


def _option_words(options: Mapping[str, object]) -> Iterator[str]:
    """Yield the words of options: `id 42`, for several values `srcport 5000 6000`, for `True` the name alone."""
    for name, value in options.items():
        if _is_given(value):
            values = value if isinstance(value, tuple) else () if value is True else (value,)
            yield from (name, *map(as_word, values))


def _require_unambiguous(network: Network, arguments: Mapping[str, object]) -> None:
    """Check that no argument is the name of both a namespace and a container."""
    for netns in map(arguments.get, _NAMESPACES):
        if isinstance(netns, str) and netns in network.namespaces:
            choices = f"{container_netns.NETNS}{netns}", f"{container_netns.CONTAINER}{netns}"
            if choices[1] in network.namespaces:
                raise AmbiguousName(netns, choices)


def _still_alive(before: Network, after: Network) -> Iterator[tuple[str, tuple[Holder, ...]]]:
    """Yield the names of namespaces that lost their last name and still contain processes, each with these."""
    there = {namespace.inode for namespace in after.namespaces.values()}
    gone = {name: ns.inode for name, ns in before.namespaces.items() if ns.inode not in there}
    if not gone or not netns_processes.pids("net", set(gone.values()).__contains__):
        return
    for name, inode in gone.items():
        if pids := netns_processes.pids("net", inode.__eq__):
            container = container_netns.container_by_inode(inode)
            yield name, (Holder(container.name, container.pid),) if container else tuple(map(_holder, pids))


def _holder(pid: int) -> Holder:
    return Holder(netns_processes.program_name(pid), pid)


def _arguments(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    signature = _signature(function)
    try:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            signature.bind_partial(*args, **kwargs)  # as Python does, report an unknown name before a missing one
            raise
    except TypeError as error:
        raise TypeError(f"{function.__name__}() {error}") from None  # with the function's name, as Python does
    bound.apply_defaults()
    return bound.arguments


@cache
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function)


def _documented(step: Callable[P, Any], template: str, result: type) -> Callable[P, Any]:
    signature = inspect.signature(step).replace(return_annotation=result)
    step.__dict__.update(__signature__=signature, template=template)
    step.__annotations__ = {**step.__annotations__, "return": result}
    first, _, rest = inspect.cleandoc(step.__doc__ or "").partition("\n")
    step.__doc__ = f"{first}\n\nShell: {template}\nReturns: {_RETURNS[result]}\n{rest}".rstrip()
    return step
