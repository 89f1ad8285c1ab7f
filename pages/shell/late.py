"""Requests that come after a page was left, to run a part of it again: they would blank the next page.

A part that runs by itself (the documents' list, every second) or is clicked twice may ask once more while the
next page is already on its way. Streamlit 1.67 looks whether the part still exists when the request comes
(AppSession.request_rerun), and then it does; the request waits for the next page's run to end, and is run
then under the old page's name. The browser takes that for a change of pages and throws away what the new one
has drawn. Here the same question is asked once more, at the moment of running.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.scriptrunner import script_runner

NAME = "_run_script"


def ignore() -> bool:
    """Has such requests ignored in this process; False where this Streamlit is built otherwise."""
    runner = script_runner.ScriptRunner
    run = getattr(runner, NAME, None)
    if run is None or getattr(run, "asks_again", False):
        return run is not None

    def asking(self: Any, rerun_data: Any) -> None:
        wanted = getattr(rerun_data, "fragment_id_queue", None)
        stored = getattr(self, "_fragment_storage", None)
        if wanted and stored is not None and not any(stored.contains(name) for name in wanted):
            return
        run(self, rerun_data)

    asking.asks_again = True  # type: ignore[attr-defined]
    setattr(runner, NAME, asking)
    return True
