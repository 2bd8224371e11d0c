"""Runs the checks of a client one by one: a line each, and at the end how many passed and failed."""

import sys
import traceback

_outcomes = []


def check(title):
    """Decorates a function that fails by raising; it runs at once."""

    def run(work):
        try:
            work()
            _outcomes.append(True)
            print("ok  ", title)
        except Exception:
            _outcomes.append(False)
            print("FAIL", title)
            traceback.print_exc(file=sys.stdout)

    return run


def finish():
    print(_outcomes.count(True), _outcomes.count(False))
