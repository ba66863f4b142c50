"""Times functions that take turns, and makes a line of the table from their times."""

import time
from statistics import median


def take_turns(ways, rounds, after=lambda: None, before=lambda: None):
    """Time each way once in each round, ignoring the first round; return the times in ms by name."""
    times = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            before()
            begin = time.perf_counter()
            way()
            taken = (time.perf_counter() - begin) * 1000
            after()
            if turn:
                times[name].append(taken)
    return times


def row(what, times, way, against, aim=""):
    """Return a line of the table: minimum / median of both ways, and the ratio of the minima."""
    mine, other = times[way], times[against]
    figures = (f"{min(t):.1f} / {median(t):.1f}" for t in (mine, other))
    return f"| {what} | {' | '.join(figures)} ({against}) | {min(mine) / min(other):.2f} | {aim} |"
