"""What the scripts beside this one share: the client and the counted checks."""
import sys

import hvac
from hvac.exceptions import InvalidPath

calls = 0


def client(token=None):
    return hvac.Client(url=sys.argv[1], token=token or sys.argv[2])


def done(condition, what):
    global calls
    calls += 1
    if not condition:
        sys.exit(f"hvac: {what}")


def refused(error, part, call):
    try:
        call()
    except error as exception:
        done(part in str(exception), f"{exception} does not say {part}")
    else:
        sys.exit(f"hvac: nothing was refused where {part or error.__name__} was expected")


def missing(call):
    refused(InvalidPath, "", call)


def end():
    print(f"{calls} answers were as they should be")
