"""Delivers a widget's messages while a cell runs.

This is the only place that replaces a private method of ipykernel's comms.

JupyterLab sends the messages of widgets to a subshell, so that a button works while a cell runs. ipykernel 7.4
(`Kernel.shell_channel_thread_main`) overrides this: it asks `Comm._reply_subshell_for(data, default)`, which returns
the subshell that last sent something on this comm. For a widget that a cell has started this is the main shell, where
a click on Stop waits for the end of the cell. The upper bound of ipykernel in pyproject.toml is for this method.

To propose to ipykernel: use the last sender's subshell only for a message whose header names none, or let a comm
choose by a public method. The proposal has to show that the reply to a request from a subshell, the case for which the
method was written, still arrives in that subshell.
"""

from typing import Any


def deliver_in_senders_subshell(comm: Any) -> None:
    """Let a comm's messages run in the subshell that their header names.

    Args:
        comm: The comm of a widget; `None` where there is no notebook kernel.
    """
    if comm is not None:
        comm._reply_subshell_for = lambda data, default: default
