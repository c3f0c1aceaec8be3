"""Which caller ID a termination call may show, and which Diversion headers may stay (sip.md 3.4, 3.5)."""

from dataclasses import dataclass

from trunkline.domain.call.release_cause import (
    CALLER_ID_DO_NOT_ORIGINATE,
    CALLER_ID_NOT_VERIFIED,
    ReleaseCause,
)
from trunkline.domain.trunk.facts import CallerIdStatus
from trunkline.domain.trunk.number.e164 import e164_of
from trunkline.kit.ids import E164


@dataclass(frozen=True, slots=True)
class Identities:
    """User parts of the headers that may name the caller; None = no such header, "" = one without a user."""

    from_user: str | None
    rpid_user: str | None = None
    pai_user: str | None = None
    display_name: str | None = None
    """Of the From header."""


@dataclass(frozen=True, slots=True)
class CallerId:
    """The number to show, and every number that must be the account's own or verified for that."""

    shown: E164
    to_verify: tuple[E164, ...]


def claimed_caller_id(identities: Identities) -> CallerId | None:
    """From, then Remote-Party-ID, then P-Asserted-Identity: the first that holds an E.164 number (rows 32-33).

    A Remote-Party-ID that is there must hold a number too, and a valid one. None = malformed.
    """
    rpid = e164_of(identities.rpid_user)
    if identities.rpid_user is not None and rpid is None:
        return None
    shown = e164_of(identities.from_user) or rpid or e164_of(identities.pai_user)
    if shown is None:
        return None
    return CallerId(shown, (shown,) if rpid is None or rpid == shown else (shown, rpid))


def caller_id_refusal(status: CallerIdStatus) -> ReleaseCause | None:
    """Why a number of this standing may not be shown; None if it may."""
    match status:
        case CallerIdStatus.OWNED | CallerIdStatus.VERIFIED:
            return None
        case CallerIdStatus.DO_NOT_ORIGINATE:
            return CALLER_ID_DO_NOT_ORIGINATE
        case CallerIdStatus.UNKNOWN:
            return CALLER_ID_NOT_VERIFIED


@dataclass(frozen=True, slots=True)
class DiversionHeader:
    """One Diversion header of the request: its raw value, and what its URI says."""

    value: str
    user: str | None
    host: str
