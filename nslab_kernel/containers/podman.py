"""Podman in the sandbox, where Docker is not installed."""


def start() -> None:
    """Start Podman's service, and wait until it answers."""
    raise NotImplementedError
