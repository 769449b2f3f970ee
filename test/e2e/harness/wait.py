"""Waiting: always for a condition, always with a ceiling."""
import time

POLL_SECONDS = 0.05


class TimedOut(AssertionError):
    """A condition did not come true in time."""


def until(what, condition, seconds=30, still_alive=None, poll=POLL_SECONDS):
    """Polls `condition` until it returns something true, and returns that.

    An AssertionError or OSError of the condition counts as "not yet" and is told when time is up. `still_alive` is called
    at each poll: it raises when waiting has become pointless, because a process has died.
    """
    end = time.monotonic() + seconds
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = f"last value: {value!r}"
        except (AssertionError, OSError, LookupError) as error:
            last = f"last error: {type(error).__name__}: {error}"
        if still_alive is not None:
            still_alive()
        if time.monotonic() >= end:
            raise TimedOut(f"waited {seconds} s for {what}; {last}"[:4000])
        time.sleep(poll)
