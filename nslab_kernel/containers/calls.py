"""The learner's functions for containers, with their commands."""

from nslab_kernel.containers import arguments, engine, session
from nslab_kernel.containers.recording import (
    asking_engine,
    must_live,
    recording,
    remembered,
    run_again,
    shell_line,
    show,
)
from nslab_kernel.linux import command as program
from nslab_kernel.linux.tty_wait import NewTerminals
from nslab_kernel.model.results import Change, Listing
from nslab_kernel.network.step_lock import step_lock


@step_lock()
def container_run(name: str, image: str = "busybox", command: str | None = None, publish: str | None = None) -> Change:
    """Make a container and start it in the background.

    Shell: docker run -d -it --name {name} [-p {publish}] {image} [{command}]

    The first call in the kernel NS Lab starts an engine in your lab. The image busybox is always there.

    Args:
        name: The container's name; `netns=` takes it as well.
        image: The image that its files come from.
        command: Its first process, with which the container ends. `None` is the image's own: in busybox a shell.
        publish: A port of the host that leads to one of the container: `"8080:80"`.

    Returns:
        a Change: the command, what the engine wrote, what came and what went.

    Raises:
        AlreadyExists: The name is taken.
        NoImage: The engine has no such image.
        RefusedByEngine: The container cannot be started.
        LabError: The container ended at once; then it is removed again.
        EngineTrouble, MissingProgram: There is no engine, and none can be started.

    Example:
        >>> container_run("b1")

    See docker-run(1).
    """
    arguments.check_name(name)
    arguments.check_image(image)
    line = ["run", "-d", "-it", *engine.label(), "--name", name]
    line += [] if publish is None else ["-p", arguments.check_publish(publish)]
    line += [image, *([] if command is None else program.words(command))]
    with recording(line, new=name) as made:
        engine.require_free(name)
        engine.require_image(image)
        try:
            text = engine.run(line)
            must_live(name)
        except BaseException:
            engine.discard(name)
            raise
    return remembered(made, text, engine.removing(name))


def container_list() -> Listing:
    """Show all containers, also those that are not running.

    Shell: docker ps -a

    Returns:
        a Listing: the command, and what the engine wrote.

    Example:
        >>> container_list()

    See docker-ps(1).
    """
    return show(["ps", "-a"])


def container_exec(name: str, command: str) -> Listing:
    """Run a command in a container until it ends, at a terminal where nobody types.

    Shell: docker exec -it {name} {command}

    Args:
        name: The container.
        command: A line as for a shell; if it has a shell's signs (`|`, `>`, `$`), the container's own shell runs it.

    Returns:
        a Listing: the command, what it wrote, and its exit status.

    Raises:
        NoContainer: There is no such container.
        NotOurs: On this machine: the lab did not start the container.
        LabError: The container is not running.
        RefusedByEngine: The container has no such program.

    Example:
        >>> container_exec("b1", "ip addr")

    See docker-exec(1).
    """
    arguments.check_name(name)
    parts = program.words(command)
    line = ["exec", "-it", name, *parts]
    with asking_engine(line, name):
        waits = NewTerminals(engine.require_running(name)).waits
        finished = session.run([engine.engine_name(), *line], waits)
        engine.require_program(finished, parts[0])
        return Listing(shell_line(line), finished.text, finished.status)


def container_shell(name: str, lines: list[str] | None = None) -> Listing | None:
    """Open a shell in a container and type to it, until you type `exit`.

    Shell: docker exec -it {name} /bin/sh

    You also type to the programs that the shell runs, even if they show no prompt, such as `cat`. The stop button
    interrupts a running command, as Ctrl+C does; at the shell's prompt it ends the shell.

    Args:
        name: The container.
        lines: What is typed instead of your input, to the shell and to the programs that it runs.

    Returns:
        with `lines` a Listing of all that appeared at the terminal; else `None`, because it was shown already.

    Raises:
        NoContainer: There is no such container.
        NotOurs: On this machine: the lab did not start the container.
        LabError: The container is not running, or nobody can type here and there are no `lines`.

    Example:
        >>> container_shell("b1", ["hostname", "ip addr"])

    See docker-exec(1).
    """
    arguments.check_name(name)
    line = ["exec", "-it", name, "/bin/sh"]
    typed = None if lines is None else arguments.lines(lines)
    with asking_engine(line, name):
        waits = NewTerminals(engine.require_running(name)).waits
        argv = [engine.engine_name(), *line]
        if typed is None:
            session.talk(argv, waits)
            return None
        finished = session.type_lines(argv, typed, waits)
        return Listing(shell_line(line), finished.text, finished.status)


@step_lock()
def container_stop(name: str) -> Change:
    """End a container's processes; it stays, and can be started again, but its address becomes free.

    Shell: docker stop -t 1 {name}

    Args:
        name: The container.

    Returns:
        a Change: the command, what the engine wrote, what came and what went.

    Raises:
        NoContainer: There is no such container.
        NotOurs: On this machine: the lab did not start the container.

    Example:
        >>> container_stop("b1")

    See docker-stop(1).
    """
    arguments.check_name(name)
    line = ["stop", "-t", str(engine.GRACE_S), name]
    with recording(line) as made:
        running = engine.require_own(name)["State"]["Running"]
        text = engine.run(line)
    return remembered(made, text, ["start", name] if running else [])


@step_lock()
def container_start(name: str) -> Change:
    """Start a container again; it gets the lowest free address, which may differ from the one before.

    Shell: docker start {name}

    Args:
        name: The container.

    Returns:
        a Change: the command, what the engine wrote, what came and what went.

    Raises:
        NoContainer: There is no such container.
        NotOurs: On this machine: the lab did not start the container.
        RefusedByEngine: The container cannot be started.
        LabError: The container ended at once.

    Example:
        >>> container_start("b1")

    See docker-start(1).
    """
    arguments.check_name(name)
    line = ["start", name]
    with recording(line) as made:
        running = engine.require_own(name)["State"]["Running"]
        text = engine.run(line)
        must_live(name)
    return remembered(made, text, [] if running else ["stop", "-t", str(engine.GRACE_S), name])


@step_lock()
def container_rm(name: str) -> Change:
    """Remove a container, running or not; its network namespace goes with its last process.

    Shell: docker rm -f {name}

    Args:
        name: The container.

    Returns:
        a Change: the command, what the engine wrote, what came and what went.

    Raises:
        NoContainer: There is no such container.
        NotOurs: On this machine: the lab did not start the container.

    Example:
        >>> container_rm("b1")

    See docker-rm(1).
    """
    arguments.check_name(name)
    line = engine.removing(name)
    with recording(line) as made:
        found = engine.require_own(name)
        text = engine.run(line)
    return remembered(made, text, run_again(name, found))


def container_inspect(name: str) -> Listing:
    """Show all that the engine knows about a container.

    Shell: docker inspect {name}

    Args:
        name: The container.

    Returns:
        a Listing: the command, and what the engine wrote.

    Raises:
        NoContainer: There is no such container.

    Example:
        >>> container_inspect("b1")

    See docker-inspect(1).
    """
    return show(["inspect", arguments.check_name(name)], name)


def container_logs(name: str) -> Listing:
    """Show what a container's first process wrote.

    Shell: docker logs {name}

    Args:
        name: The container.

    Returns:
        a Listing: the command, and what the engine wrote.

    Raises:
        NoContainer: There is no such container.

    Example:
        >>> container_logs("b1")

    See docker-logs(1).
    """
    return show(["logs", arguments.check_name(name)], name)
