"""A notebook kernel as Jupyter starts it, driven by a test."""

import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

READY_S, CELL_S, GONE_S = 300, 120, 60
"""Seconds until a kernel must be ready, a cell must have ended, and a kernel's processes must be gone."""


class Notebook:
    """A running notebook kernel."""

    def __init__(
        self,
        prefix=(),
        name="nslab",
        folder=None,
        encryption="disabled",
        cwd=None,
        independent=False,
        transport="tcp",
        **environment,
    ):
        self.prefix = prefix
        self.manager = KernelManager(kernel_name=name, transport_encryption=encryption, transport=transport)
        spec = KernelSpecManager().get_kernel_spec(name)
        spec.argv = [*prefix, sys.executable, *spec.argv[1:]]
        self.manager._kernel_spec = spec
        if folder:
            self.manager.connection_file = f"{folder}/kernel-{os.getpid()}-{time.monotonic_ns()}.json"
        self._folder = tempfile.mkdtemp(prefix="nslab-notebook-")
        cwd = cwd or self._folder
        self.manager.start_kernel(cwd=cwd, independent=independent, env={**os.environ, **environment})
        self.client = self.manager.blocking_client()
        self.client.start_channels()

    def wait(self):
        """Wait until the kernel answers."""
        self.client.wait_for_ready(timeout=READY_S)
        return self

    def run(self, code, answers=(), limit_s=CELL_S):
        """Run a cell; return the text of what it shows, errors included. `answers` go to input()."""
        shown, left = [], iter(answers)

        def hook(message):
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                shown.append(content["text"])
            elif kind in ("execute_result", "display_data"):
                shown.append(content["data"]["text/plain"] + "\n")
            elif kind == "error":
                shown.append(f"{content['ename']}: {content['evalue']}\n")

        def answer(message):
            self.client.input(next(left))

        status = "aborted"
        while status == "aborted":  # A cell sent right after a failed one is aborted, as with "Run All".
            reply = self.client.execute_interactive(
                code, timeout=limit_s, output_hook=hook, allow_stdin=True, stdin_hook=answer, store_history=False
            )
            status = reply["content"]["status"]
        return "".join(shown)

    def control(self, kind, content):
        """Send a message on the control channel; return the reply's content."""
        message = self.client.session.msg(kind, content)
        self.client.control_channel.send(message)
        while True:
            reply = self.client.get_control_msg(timeout=CELL_S)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"]

    def interrupt_when(self, code, sign):
        """Run a cell, interrupt it once its output contains `sign`, and return the error's name, or `ok`."""
        asked = self.client.execute(code)
        while sign not in str(self.client.get_iopub_msg(timeout=CELL_S)["content"].get("text")):
            pass
        self.manager.interrupt_kernel()
        content = self.reply(asked)
        return content.get("ename", content["status"])

    def reply(self, asked):
        """Wait for the reply to a cell."""
        while True:
            message = self.client.get_shell_msg(timeout=CELL_S)
            if message["parent_header"].get("msg_id") == asked:
                return message["content"]

    def tree(self):
        """Return the kernel's processes: the outer one, process 1 of the lab, IPython, and those that cells started."""
        outer = psutil.Process(self.manager.provisioner.pid)
        return [outer, *outer.children(recursive=True)]

    def wait_for_program(self, name):
        """Wait until one of the kernel's processes has this name."""
        names = []
        while name not in names:
            time.sleep(0.01)
            with suppress(psutil.NoSuchProcess):
                names = [process.name() for process in self.tree()]

    def end(self):
        """Shut the kernel down, if that has not been done yet."""
        if self.manager.has_kernel:
            self.client.stop_channels()
            self.manager.shutdown_kernel()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def notebook(*args, **kwargs):
    """Yield a kernel that is ready, and shut it down at the end."""
    started = Notebook(*args, **kwargs)
    try:
        yield started.wait()
    finally:
        started.end()


def left_of(processes):
    """Wait until the processes have ended, and return those that still run after `GONE_S` seconds."""
    deadline = time.monotonic() + GONE_S
    while left := [process for process in processes if _lives(process)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    return left


def _lives(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def machine():
    """Return the parts of this machine that a lab must never change: its links, named namespaces and mounts."""
    links = sorted(path.name for path in Path("/sys/class/net").iterdir())
    names = sorted(path.name for path in Path("/run/netns").iterdir()) if Path("/run/netns").is_dir() else []
    return links, names, Path("/proc/self/mounts").read_text()
