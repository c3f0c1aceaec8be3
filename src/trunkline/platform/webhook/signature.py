"""`X-Twilio-Signature` (sip.md 7.8): proof that a request comes from the platform that knows the auth token."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha1

from trunkline.kit.secret import Secret


def sign(token: Secret[str], url: str, fields: Mapping[str, str] | None = None) -> str:
    """Base64 of HMAC-SHA1 over the URL with its query and, for a form, each name with its value, sorted by name."""
    text = url + "".join(f"{name}{value}" for name, value in sorted((fields or {}).items()))
    return b64encode(hmac.new(token.reveal().encode(), text.encode(), sha1).digest()).decode()
