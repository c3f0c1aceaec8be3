"""`~/Keys` and `~/SigningKeys`: two names of the same keys (row 147; rest.md 3.2)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.api_key import api_keys_of, find_api_key
from trunkline.platform.store.table import ApiKeyRow
from trunkline.service.control.api.authentication import Acting, require_auth_token
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.wire_date import Rfc2822Date
from trunkline.service.control.provisioning.account.api_key import create_api_key, delete_api_key, rename_api_key
from trunkline.service.control.provisioning.refusal import existing


class KeyForm(Form):
    friendly_name: str | None = None


class KeyBody(BaseModel):
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    friendly_name: str | None
    sid: str


class NewKeyBody(KeyBody):
    secret: str
    """Told here and nowhere again."""


KeyParameters = Annotated[KeyForm, Depends(form_of(KeyForm))]


def _fields(row: ApiKeyRow) -> dict[str, Any]:
    return {key: getattr(row, key) for key in ("date_created", "date_updated", "friendly_name", "sid")}


def _body(row: ApiKeyRow) -> KeyBody:
    return KeyBody(**_fields(row))


def _router(name: str, key: str) -> APIRouter:
    """A key may not make keys: the account's own token is needed."""
    router = APIRouter(dependencies=[Depends(require_auth_token)])
    path = "/2010-04-01/Accounts/{account_sid}/" + name

    shown = FlatList(key, KeyBody)

    @router.get(path + ".json", response_model=shown.model, name=f"list_{key}")
    async def list_keys(account: Acting, control: Context, page: Page) -> JSONResponse:
        async with control.bench.store.reading() as session:
            rows = await api_keys_of(session, account.sid, page.cut)
        return shown.page(page, rows, [_body(row) for row in rows.rows])

    @router.post(path + ".json", status_code=201, name=f"create_{key}")
    async def create(account: Acting, control: Context, form: KeyParameters) -> NewKeyBody:
        row, secret = await create_api_key(control.bench, account.sid, form.friendly_name)
        return NewKeyBody(**_fields(row), secret=secret.reveal())

    @router.get(path + "/{sid}.json", name=f"fetch_{key}")
    async def fetch(account: Acting, control: Context, sid: str) -> KeyBody:
        async with control.bench.store.reading() as session:
            row = existing(await find_api_key(session, account.sid, sid))
        return _body(row)

    @router.post(path + "/{sid}.json", name=f"update_{key}")
    async def update(account: Acting, control: Context, sid: str, form: KeyParameters) -> KeyBody:
        return _body(await rename_api_key(control.bench, account.sid, sid, form.friendly_name))

    @router.delete(path + "/{sid}.json", status_code=204, name=f"delete_{key}")
    async def delete(account: Acting, control: Context, sid: str) -> None:
        await delete_api_key(control.bench, account.sid, sid)

    return router


router = _router("Keys", "keys")
signing_keys = _router("SigningKeys", "signing_keys")
