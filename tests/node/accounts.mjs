// Accounts, keys, usage, triggers, dialing permissions, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCOUNT_SID, AUTH_TOKEN, client, connect, isMoment, refused, sids, trunks } from "./connection.mjs";

const PERIODS = ["allTime", "daily", "lastMonth", "monthly", "thisMonth", "today", "yearly", "yesterday"];
const CATEGORY = "trunking-termination";

test("row 14: sub-accounts are made, suspended and closed", async () => {
  const { accounts } = client.api.v2010;
  const made = await accounts.create({ friendlyName: "Zweigstelle" });
  assert.deepEqual([made.status, made.ownerAccountSid], ["active", ACCOUNT_SID]);
  const child = connect(made.sid, made.authToken);
  assert.equal((await child.api.v2010.accounts(made.sid).fetch()).friendlyName, "Zweigstelle");
  assert.deepEqual(sids(await accounts.list({ friendlyName: "Zweigstelle" })), [made.sid]);
  assert.equal((await accounts(made.sid).update({ status: "suspended" })).status, "suspended");
  await refused(20005, 403, () => child.trunking.v1.trunks.list());
  assert.equal((await accounts(made.sid).update({ status: "closed" })).status, "closed");
  await refused(20001, 400, () => accounts(made.sid).update({ status: "active" }));
  await refused(20003, 403, () => accounts(`AC${"9".repeat(32)}`).calls.list({ limit: 1 }));
});

test("rows 128 and 147: keys log in until they are deleted", async () => {
  for (const [create, keys] of [
    [client.newKeys, client.keys],
    [client.newSigningKeys, client.signingKeys],
  ]) {
    const key = await create.create({ friendlyName: "CI" });
    const byKey = connect(key.sid, key.secret, { accountSid: ACCOUNT_SID });
    assert.ok(Array.isArray(await byKey.calls.list({ limit: 1 })));
    assert.equal((await keys(key.sid).update({ friendlyName: "build" })).friendlyName, "build");
    assert.equal((await keys(key.sid).fetch()).sid, key.sid);
    assert.ok(sids(await keys.list()).includes(key.sid));
    await refused(20003, 401, () => byKey.newKeys.create({}));
    await refused(20003, 401, () => connect(key.sid, "not it", { accountSid: ACCOUNT_SID }).balance.fetch());
    assert.equal(await keys(key.sid).remove(), true);
    await refused(20003, 401, () => byKey.calls.list({ limit: 1 }));
  }
  await refused(20003, 401, () => connect(ACCOUNT_SID, "wrong").trunking.v1.trunks.list({ limit: 1 }));
  const missing = `TK${"0".repeat(32)}`;
  await assert.rejects(trunks(missing).fetch(), { message: `The requested resource /v1/Trunks/${missing} was not found` });
});

test("row 146: usage, triggers and the balance", async () => {
  for (const period of PERIODS) {
    const records = await client.usage.records[period].list({ category: CATEGORY });
    assert.ok(records.length > 0 && records.every((record) => record.category === CATEGORY), period);
    assert.ok(isMoment(records[0].startDate));
  }
  const [record] = await client.usage.records.list({ category: CATEGORY });
  assert.deepEqual([record.count, record.priceUnit, record.price], ["2", "usd", "0.01"]);
  const { balance, currency } = await client.balance.fetch();
  assert.deepEqual([Number(balance), currency], [-0.03, "USD"]);
  const wish = { callbackUrl: "https://app.example/", triggerValue: "+5", usageCategory: CATEGORY, triggerBy: "count" };
  const made = await client.usage.triggers.create({ ...wish, recurring: "yearly" });
  assert.equal(made.recurring, "yearly");
  assert.equal((await client.usage.triggers(made.sid).update({ friendlyName: "fünf" })).friendlyName, "fünf");
  assert.equal((await client.usage.triggers(made.sid).fetch()).friendlyName, "fünf");
  assert.deepEqual(sids(await client.usage.triggers.list({ recurring: "yearly" })), [made.sid]);
  await refused(20001, 400, () => client.usage.triggers.create({ ...wish, usageCategory: "sms" }));
  assert.equal(await client.usage.triggers(made.sid).remove(), true);
});

test("rows 35 and 148: countries that may be called", async () => {
  const permissions = client.voice.v1.dialingPermissions;
  assert.ok((await permissions.countries.list({ pageSize: 100 })).length > 200);
  assert.deepEqual((await permissions.countries("DE").fetch()).countryCodes, ["+49"]);
  assert.ok((await permissions.countries("NO").highriskSpecialPrefixes.list()).length >= 3);
  const updateRequest = JSON.stringify([{ iso_code: "DE", low_risk_numbers_enabled: "true" }]);
  assert.equal((await permissions.bulkCountryUpdates.create({ updateRequest })).updateCount, 1);
  assert.equal((await permissions.countries("DE").fetch()).lowRiskNumbersEnabled, true);
  const settings = permissions.settings();
  assert.equal((await settings.update({ dialingPermissionsInheritance: false })).dialingPermissionsInheritance, false);
  assert.equal((await settings.fetch()).dialingPermissionsInheritance, false);
  await refused(20404, 404, () => permissions.countries("ZZ").fetch());
});

test("row 151: names of any script come back as they went", async () => {
  for (const friendlyName of ["Büro Köln", "大阪支店", "مكتب", "café ☎️ 🏢", "a+b & c=d?e#f/%2F", '<b>"it\'s"</b>']) {
    const trunk = await trunks.create({ friendlyName });
    assert.equal(trunk.friendlyName, friendlyName);
    assert.equal((await trunks.list({ limit: 1 }))[0].friendlyName, friendlyName);
    assert.equal(await trunks(trunk.sid).remove(), true);
  }
});
