"""Network namespaces: `ip netns`."""

import shlex
from contextlib import suppress

from nslab_kernel.containers import arguments, engine
from nslab_kernel.errors import BadValue, LabError, NoContainer
from nslab_kernel.language import translate as _
from nslab_kernel.linux import argument_checks, container_netns, namespaces
from nslab_kernel.linux import command as program
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.network import Container
from nslab_kernel.model.results import Listing
from nslab_kernel.network import history, operation, ownership
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.record import attach_command, changes, require_namespace, shows
from nslab_kernel.network.settle import settle
from nslab_kernel.network.step_lock import step_lock
from nslab_kernel.spelling import as_word


@changes("ip netns add {name}")
def netns_add(name: str) -> None:
    """Make a network namespace: a network of its own, with nothing in it but `lo`, which is down.

    Args:
        name: 1 to 255 bytes, without `/` and white space, and without `netns:` or `container:` at the beginning.

    Raises:
        AlreadyExists: The name is taken.
        BadValue: `name` cannot be a name.

    Example:
        >>> netns_add("test3")

    See ip-netns(8), network_namespaces(7).
    """
    namespaces.add(name)


@changes("ip netns del {name}")
def netns_del(name: str) -> Operation | None:
    """Delete the name of a namespace; the namespace itself ends with its last process.

    With a veth end inside, Linux then deletes the other end, too, wherever that is.

    Args:
        name: Its name.

    Raises:
        NoNamespace: There is no such namespace.

    Example:
        >>> netns_del("test1")

    See ip-netns(8).
    """
    named_twice = container_netns.container_by_netns_name(name)
    namespaces.delete(name)
    return operation.attach(name, named_twice.pid) if named_twice else None


@changes("ip netns attach {name} {container}")
def netns_attach(name: str, container: str) -> Operation:
    """Give a container's network namespace a name, so that `ip netns` lists it.

    The namespace itself is not changed. The command takes the PID of a process inside: the container's first.

    Args:
        name: The new name, in /run/netns.
        container: The container's name.

    Raises:
        AlreadyExists: The name is taken.
        BadValue: `name` cannot be a name.
        NoContainer: There is no such container.

    Example:
        >>> netns_attach("net-of-b1", "b1")

    See ip-netns(8).
    """
    argument_checks.check_new_netns_name(name)
    namespaces.attach(name, _tenant(container).pid)
    return operation.delete_namespace(name)


@shows("ip netns list")
def netns_list() -> None:
    """Show the named network namespaces.

    The order is that of the folder /run/netns, and means nothing. See ip-netns(8).

    Example:
        >>> netns_list()
    """


def netns_exec(name: str | None, command: str) -> Listing:
    """Run any command inside a namespace, and wait until it ends.

    Shell: ip netns exec {name} {command}

    The result has the command's output and exit status (`status`). What it changes in the network stays, even if it is
    interrupted, and can be undone. A pipe, `&&` or `>` works as in `ip netns exec NAME sh -c 'COMMAND'`.

    Args:
        name: The namespace; `None` is the host.
        command: A line for the shell.

    Raises:
        BadValue: `command` is no command.
        NoNamespace: There is no such namespace.
        MissingProgram: The program is not installed.

    Example:
        >>> netns_exec("test1", "ip -4 addr")

    See ip-netns(8).
    """
    line = _line(name, command)
    with attach_command(line):
        require_lab()
        with step_lock():
            before = history.observe_others()
        ownership.require_ours(before, {"name": name})
        argv = program.words(command)
        if name is not None:
            require_namespace(name)
            program.require(argv[0])
            argv = [*container_netns.exec_prefix(name), *argv]
        try:
            finished = program.run(argv)
        finally:
            with step_lock():
                history.observe(settle(before), line)
    return Listing(line, finished.text, finished.status)


def _tenant(name: str) -> Container:
    """Return a running container of the lab that has a network namespace of its own."""
    arguments.check_name(name)
    there = container_netns.containers()
    if there is None:
        raise NoContainer(name)
    engine.require_running(name)
    if name not in there:
        raise LabError(_("The container {name} has no network namespace of its own.").format(name=name))
    return there[name]


def _line(name: object, command: object) -> str:
    if name is None:
        return as_word(command)
    with suppress(BadValue):  # netns_exec raises it later, with this line as the command
        words = program.words(command)
        command = shlex.join(words) if words[:2] == ["sh", "-c"] else command
    return f"{shlex.join(container_netns.exec_prefix(as_word(name)))} {as_word(command)}"
