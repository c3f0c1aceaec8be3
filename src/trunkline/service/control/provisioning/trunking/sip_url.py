"""The rule for origination URIs as they are typed (sip.md 4.1)."""

from typing import Final

from trunkline.domain.trunk.origination.uri import header_part_too_long, parse_origination_uri
from trunkline.service.control.provisioning.refusal import Refusal, invalid

LONGEST: Final = 2_048


def check_sip_url(url: str) -> str:
    """A sip or sips URI that can be called, kept as typed; 21227 for too many headers in it, 20001 otherwise."""
    if len(url) > LONGEST:
        raise invalid("SipUrl", f"must be at most {LONGEST} characters")
    if header_part_too_long(url):
        raise Refusal(21227, "The headers of SipUrl must be shorter than 1024 characters")
    if parse_origination_uri(url) is None:
        raise invalid("SipUrl", "must be sip:[user@]host[:port] with an IPv4 address or a domain name as host")
    return url
