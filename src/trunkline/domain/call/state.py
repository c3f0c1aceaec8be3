"""The states of a call; the figure at the head of `call` tells how they follow each other."""

from enum import Enum


class CallState(Enum):
    ROUTING = "routing"
    LOCATING = "locating"
    ANCHORING = "anchoring"
    DIALLING = "dialling"
    RINGING = "ringing"
    RECOVERING = "recovering"
    ANSWERED = "answered"
    BRIDGED = "bridged"
    RELEASING = "releasing"
    RELEASED = "released"
