"""What a number can do: voice only, because this platform carries no messages."""

from pydantic import BaseModel


class Capabilities(BaseModel):
    voice: bool = True
    sms: bool = False
    mms: bool = False
    fax: bool = False
