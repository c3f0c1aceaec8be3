"""The tables, one module per aggregate; `Row.metadata` is the whole schema."""

from trunkline.platform.store.table.access import (
    AccessEntryRow,
    AccessListRow,
    CredentialListRow,
    CredentialRow,
    IpAclRow,
    IpAddressRow,
)
from trunkline.platform.store.table.account import AccountRow
from trunkline.platform.store.table.address import AddressRow
from trunkline.platform.store.table.alert_mail import AlertMailingRow, AlertMailRow
from trunkline.platform.store.table.annotation import CallAnnotationRow
from trunkline.platform.store.table.api_key import ApiKeyRow
from trunkline.platform.store.table.audit import AuditEventRow
from trunkline.platform.store.table.blocked import BlockedDestinationRow
from trunkline.platform.store.table.call import AlertRow, CallAttemptRow, CallRow
from trunkline.platform.store.table.callback import CallbackRow, UsageTriggerRow, ValidationRow
from trunkline.platform.store.table.caller_name import CallerNameRow
from trunkline.platform.store.table.carrier import CarrierGatewayRow, CarrierPrefixRow, CarrierRow, CarrierSourceRow
from trunkline.platform.store.table.header_policy import HeaderPolicyRow, TrunkHeaderPolicyRow
from trunkline.platform.store.table.number_range import NumberRangeRow
from trunkline.platform.store.table.phone_number import OutgoingCallerIdRow, PhoneNumberRow
from trunkline.platform.store.table.platform import ChangeRow, SettingRow
from trunkline.platform.store.table.rating import ChargeRow, TariffRow, UsageDayRow
from trunkline.platform.store.table.recording import RecordingRow
from trunkline.platform.store.table.row import Row
from trunkline.platform.store.table.trunk import (
    OriginationUrlRow,
    TrunkCredentialListRow,
    TrunkIpAclRow,
    TrunkListRow,
    TrunkRow,
)
from trunkline.platform.store.table.voice_route import VoiceRouteRow

__all__ = [
    "AccessEntryRow",
    "AccessListRow",
    "AccountRow",
    "AddressRow",
    "AlertMailRow",
    "AlertMailingRow",
    "AlertRow",
    "ApiKeyRow",
    "AuditEventRow",
    "BlockedDestinationRow",
    "CallAnnotationRow",
    "CallAttemptRow",
    "CallRow",
    "CallbackRow",
    "CallerNameRow",
    "CarrierGatewayRow",
    "CarrierPrefixRow",
    "CarrierRow",
    "CarrierSourceRow",
    "ChangeRow",
    "ChargeRow",
    "CredentialListRow",
    "CredentialRow",
    "HeaderPolicyRow",
    "IpAclRow",
    "IpAddressRow",
    "NumberRangeRow",
    "OriginationUrlRow",
    "OutgoingCallerIdRow",
    "PhoneNumberRow",
    "RecordingRow",
    "Row",
    "SettingRow",
    "TariffRow",
    "TrunkCredentialListRow",
    "TrunkHeaderPolicyRow",
    "TrunkIpAclRow",
    "TrunkListRow",
    "TrunkRow",
    "UsageDayRow",
    "UsageTriggerRow",
    "ValidationRow",
    "VoiceRouteRow",
]
