// The official Node SDK, changed in nothing but its base addresses, against a running control process (row 151).
// Run by tests/interop/test_node_sdk.py, which says in the environment where it is and what it holds.
import assert from "node:assert/strict";
import { test } from "node:test";
import twilio from "twilio";

const { BASE, ACCOUNT_SID, AUTH_TOKEN } = process.env;
const CALL_SIDS = process.env.CALL_SIDS.split(",");
const NUMBERS = process.env.NUMBERS.split(",");
const PRODUCTS = ["api", "trunking", "voice", "monitor", "insights", "pricing", "routes"];
const PASSWORD = "Correct-Horse-1";

function connect(user, password, options = {}) {
  const client = twilio(user, password, options);
  for (const product of PRODUCTS) client[product].baseUrl = BASE;
  return client;
}

const client = connect(ACCOUNT_SID, AUTH_TOKEN);
const trunks = client.trunking.v1.trunks;
const sids = (rows) => rows.map((row) => row.sid);

async function refused(code, status, work) {
  await assert.rejects(work, (fault) => {
    assert.equal(fault.constructor.name, "RestException");
    assert.deepEqual([fault.code, fault.status], [code, status], fault.message);
    assert.equal(fault.moreInfo, `https://www.twilio.com/docs/errors/${code}`);
    return true;
  });
}

test("rows 130 and 138: trunks and their recording", async () => {
  const trunk = await trunks.create({ friendlyName: "Node", domainName: "node.pstn.trunkline.localhost", secure: true });
  assert.match(trunk.sid, /^TK[0-9a-f]{32}$/);
  assert.deepEqual([trunk.secure, trunk.authType, trunk.authTypeSet], [true, "", []]);
  assert.ok(trunk.dateCreated instanceof Date && !Number.isNaN(trunk.dateCreated.getTime()));
  const changed = await trunks(trunk.sid).update({ friendlyName: "Renamed", transferMode: "sip-only" });
  assert.deepEqual([changed.friendlyName, changed.transferMode, changed.secure], ["Renamed", "sip-only", true]);
  assert.equal((await trunks(trunk.sid).recordings().update({ mode: "record-from-answer" })).mode, "record-from-answer");
  assert.equal((await trunks(trunk.sid).recordings().fetch()).trim, "do-not-trim");
  await refused(21248, 400, () => trunks.create({ domainName: "node.pstn.trunkline.localhost" }));
  await refused(20001, 400, () => trunks(trunk.sid).update({ transferMode: "sometimes" }));
  assert.equal(await trunks(trunk.sid).remove(), true);
  await refused(20404, 404, () => trunks(trunk.sid).fetch());
});

test("rows 130 and 131: pages of one, forwards and back, and limits", async () => {
  const made = [];
  for (let place = 0; place < 4; place += 1) made.push((await trunks.create({ friendlyName: `page ${place}` })).sid);
  const newest = [...made].reverse();
  assert.deepEqual(sids(await trunks.list({ pageSize: 1 })).slice(0, 4), newest);
  assert.deepEqual(sids(await trunks.list({ limit: 3 })), newest.slice(0, 3));
  const first = await trunks.page({ pageSize: 3 });
  const second = await first.nextPage();
  assert.equal(second.instances[0].sid, newest[3]);
  assert.deepEqual(sids((await second.previousPage()).instances), newest.slice(0, 3));
  const seen = [];
  await trunks.each({ pageSize: 2, limit: 4, callback: (row) => seen.push(row.sid) });
  assert.deepEqual(seen, newest);
  for (const sid of made) await trunks(sid).remove();
});

test("rows 133 to 137 and 141: URLs, access lists and associations", async () => {
  const trunk = await trunks.create({});
  const here = trunks(trunk.sid);
  const target = { weight: 1, priority: 2, enabled: true, friendlyName: "PBX", sipUrl: "sip:192.0.2.7" };
  const url = await here.originationUrls.create(target);
  assert.deepEqual([url.weight, url.priority, url.enabled], [1, 2, true]);
  assert.equal((await here.originationUrls(url.sid).update({ enabled: false })).enabled, false);
  for (let place = 0; place < 9; place += 1) await here.originationUrls.create(target);
  await refused(21249, 400, () => here.originationUrls.create(target));
  assert.equal(await here.originationUrls(url.sid).remove(), true);

  const users = await client.api.v2010.account.sip.credentialLists.create({ friendlyName: "users" });
  const credentials = client.api.v2010.account.sip.credentialLists(users.sid).credentials;
  const login = await credentials.create({ username: "pbx", password: PASSWORD });
  assert.equal((await credentials(login.sid).fetch()).username, "pbx");
  await refused(21243, 400, () => credentials.create({ username: "a b", password: PASSWORD }));
  const acl = await client.api.v2010.account.sip.ipAccessControlLists.create({ friendlyName: "sites" });
  const addresses = client.api.v2010.account.sip.ipAccessControlLists(acl.sid).ipAddresses;
  const address = await addresses.create({ friendlyName: "SBC", ipAddress: "192.0.2.7", cidrPrefixLength: 24 });
  assert.deepEqual([address.ipAddress, address.cidrPrefixLength], ["192.0.2.0", 24]);

  await here.credentialsLists.create({ credentialListSid: users.sid });
  await here.ipAccessControlLists.create({ ipAccessControlListSid: acl.sid });
  assert.deepEqual((await here.fetch()).authTypeSet, ["IP_ACL", "CREDENTIAL_LIST"]);
  await refused(21241, 400, () => client.api.v2010.account.sip.credentialLists(users.sid).remove());
  await refused(21236, 400, () => client.api.v2010.account.sip.ipAccessControlLists(acl.sid).remove());
  assert.deepEqual(sids(await here.credentialsLists.list()), [users.sid]);
  assert.equal(await here.credentialsLists(users.sid).remove(), true);
  assert.equal(await here.ipAccessControlLists(acl.sid).remove(), true);
  assert.equal(await here.remove(), true);
  assert.equal(await client.api.v2010.account.sip.credentialLists(users.sid).remove(), true);
  assert.equal(await client.api.v2010.account.sip.ipAccessControlLists(acl.sid).remove(), true);
});

test("rows 142 and 143: numbers are searched, bought, put on a trunk and released", async () => {
  const found = await client.availablePhoneNumbers("US").local.list({ contains: NUMBERS[0].slice(2) });
  assert.deepEqual(found.map((row) => row.phoneNumber), [NUMBERS[0]]);
  const number = await client.incomingPhoneNumbers.create({ phoneNumber: NUMBERS[0] });
  assert.equal(number.capabilities.voice, true);
  const trunk = await trunks.create({});
  const held = await trunks(trunk.sid).phoneNumbers.create({ phoneNumberSid: number.sid });
  assert.deepEqual([held.sid, held.trunkSid], [number.sid, trunk.sid]);
  assert.equal((await client.incomingPhoneNumbers(number.sid).fetch()).trunkSid, trunk.sid);
  assert.equal(await trunks(trunk.sid).phoneNumbers(number.sid).remove(), true);
  await refused(21422, 400, () => client.incomingPhoneNumbers.create({ phoneNumber: NUMBERS[0] }));
  assert.equal(await client.incomingPhoneNumbers(number.sid).remove(), true);
  assert.equal(await trunks(trunk.sid).remove(), true);
  const [callerId] = await client.outgoingCallerIds.list();
  assert.equal((await client.outgoingCallerIds(callerId.sid).update({ friendlyName: "Front" })).friendlyName, "Front");
});

test("row 145: calls, their dates, filters, pages and errors", async () => {
  const newest = [...CALL_SIDS].reverse();
  assert.deepEqual(sids(await client.calls.list({ pageSize: 2 })), newest);
  const call = await client.calls(CALL_SIDS[0]).fetch();
  assert.equal(call.startTime.toISOString(), "2026-02-03T04:05:06.000Z");
  assert.equal(call.endTime.toISOString(), "2026-02-03T04:05:21.000Z");
  assert.deepEqual([call.duration, call.price, call.status], ["15", "-0.01000", "completed"]);
  assert.deepEqual(sids(await client.calls.list({ to: call.to })), [call.sid]);
  assert.deepEqual(await client.calls.list({ startTimeAfter: new Date("2026-02-04T00:00:00Z") }), []);
  await refused(21220, 400, () => client.calls(call.sid).update({ status: "completed" }));
  await refused(20007, 400, () => client.calls.page({ pageSize: 1001 }));
  assert.equal(await client.calls(call.sid).remove(), true);
  await refused(20404, 404, () => client.calls(call.sid).fetch());
});

test("rows 146, 149, 150: alerts, audit, usage and balance", async () => {
  const [alert] = await client.monitor.v1.alerts.list();
  assert.deepEqual([alert.errorCode, alert.resourceSid], ["32011", CALL_SIDS[0]]);
  assert.equal(alert.dateCreated.toISOString(), "2026-02-03T04:05:06.000Z");
  assert.equal((await client.notifications(alert.sid).fetch()).callSid, CALL_SIDS[0]);
  assert.ok((await client.monitor.v1.events.list({ limit: 5 })).length > 0);
  const [record] = await client.usage.records.allTime.list({ category: "trunking-termination" });
  assert.deepEqual([record.count, record.priceUnit, Number(record.price)], ["2", "usd", 0.02]);
  assert.ok(record.startDate instanceof Date);
  assert.equal((await client.balance.fetch()).currency, "USD");
});

test("row 35: countries that may be called", async () => {
  const countries = await client.voice.v1.dialingPermissions.countries.list({ pageSize: 100 });
  assert.ok(countries.length > 200);
  assert.deepEqual((await client.voice.v1.dialingPermissions.countries("DE").fetch()).countryCodes, ["+49"]);
  const settings = client.voice.v1.dialingPermissions.settings();
  assert.equal((await settings.update({ dialingPermissionsInheritance: false })).dialingPermissionsInheritance, false);
});

test("rows 14 and 128: sub-accounts, keys that log in, and what is refused", async () => {
  const key = await client.newKeys.create({ friendlyName: "CI" });
  const byKey = connect(key.sid, key.secret, { accountSid: ACCOUNT_SID });
  assert.ok(Array.isArray(await byKey.calls.list({ limit: 1 })));
  assert.equal(await client.keys(key.sid).remove(), true);
  await refused(20003, 401, () => byKey.calls.list({ limit: 1 }));
  await refused(20003, 401, () => connect(ACCOUNT_SID, "wrong").trunking.v1.trunks.list({ limit: 1 }));
  await refused(20003, 403, () => client.api.v2010.accounts(`AC${"9".repeat(32)}`).calls.list({ limit: 1 }));
  const missing = `TK${"0".repeat(32)}`;
  await assert.rejects(trunks(missing).fetch(), { message: `The requested resource /v1/Trunks/${missing} was not found` });
});
