"""Short texts of the platform's error codes: X-Twilio-Error, alerts and API say the same words."""

from typing import Final

ERROR_TEXTS: Final[dict[int, str]] = {
    10001: "Account is not active",
    10004: "Concurrent call limit exceeded",
    32001: "Trunk CPS limit exceeded",
    32006: "Too many hops",
    32010: "No usable origination URI",
    32011: "Origination attempt failed",
    32012: "Account CPS limit exceeded",
    32014: "Call ended because no audio was received",
    32015: "Call reached its maximum duration",
    32016: "No ringing or answer from the carrier",
    32017: "Refused by the carrier for caller reputation",
    32022: "No ACK was received for the 200 OK",
    32100: "Called number is unverified",
    32101: "Called number is not E.164",
    32102: "SDP could not be read",
    32103: "SDP is missing",
    32105: "Contact address is unusable",
    32200: "Trunk has no authentication that permits this call",
    32201: "Source IP address not in ACL",
    32202: "Wrong credentials",
    32203: "Destination number is blocked",
    32204: "Caller ID is not a number of the account or verified",
    32205: "Country is not allowed",
    32206: "Caller ID is malformed or may not originate calls",
    32207: "Secure media on a trunk that is not secure",
    32208: "Secure media required",
    32209: "Secure SIP transport required",
    32210: "Registration is not supported on trunks",
    32218: "Call transfer is not permitted",
    32219: "Redirect is not permitted",
    32222: "TLS version is too low",
}

WARNING_TEXTS: Final[dict[int, str]] = {
    # Of alerts that no call ends for.
    11200: "Disaster recovery could not take the call",
    32110: "Origination URI cannot be called",
    32111: "Header name of an origination URI was left out",
    32112: "Header value of an origination URI was left out",
    32113: "Reserved header name of an origination URI was left out",
    32114: "Parameter of an origination URI was left out",
    32115: "X-Branded-CallReason is longer than 50 characters and was ignored",
}
