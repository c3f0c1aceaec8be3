// Every list that is paged: whole, by limit, page by page and back, one by one; and the dates of its rows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, isMoment, OWN, trunks } from "./connection.mjs";

const { usage, incomingPhoneNumbers: numbers } = client;
const { records } = usage;
const { sip } = client.api.v2010.account;
const here = trunks(OWN.trunk);
const LISTS = [
  trunks, here.originationUrls, here.credentialsLists, here.ipAccessControlLists, here.phoneNumbers,
  client.api.v2010.accounts, client.addresses, client.addresses(OWN.address).dependentPhoneNumbers, client.calls,
  client.calls(OWN.call).notifications, client.calls(OWN.call).recordings, numbers, numbers.local, numbers.mobile,
  numbers.tollFree, client.keys, client.signingKeys, client.notifications, client.outgoingCallerIds, client.recordings,
  sip.credentialLists, sip.credentialLists(OWN.users).credentials, sip.ipAccessControlLists,
  sip.ipAccessControlLists(OWN.acl).ipAddresses, records, records.allTime, records.daily, records.lastMonth,
  records.monthly, records.thisMonth, records.today, records.yearly, records.yesterday, usage.triggers,
  client.voice.v1.dialingPermissions.countries,
  client.voice.v1.dialingPermissions.countries("NO").highriskSpecialPrefixes, client.monitor.v1.alerts,
  client.monitor.v1.events, client.insights.v1.callSummaries, client.insights.v1.calls(OWN.call).events,
  client.insights.v1.calls(OWN.call).metrics, client.pricing.v2.countries,
];
const MOMENTS = [
  "createdTime", "dateCreated", "dateFired", "dateGenerated", "dateUpdated", "endTime", "eventDate", "messageDate",
  "startDate", "endDate", "startTime",
];
const seen = (rows) => rows.map((row) => ({ ...row.toJSON(), asOf: undefined }));

test("row 131: a list is the same by pages, limit and callback", async () => {
  for (const list of LISTS) {
    const uri = list._uri;
    const whole = seen(await list.list());
    assert.ok(whole.length >= 3, uri);
    const size = Math.ceil(whole.length / 3);
    assert.deepEqual(seen(await list.list({ pageSize: size })), whole, uri);
    assert.deepEqual(seen(await list.list({ limit: 2 })), whole.slice(0, 2), uri);
    const called = [];
    await list.each({ pageSize: size, limit: size + 1, callback: (row) => called.push(row) });
    assert.deepEqual(seen(called), whole.slice(0, size + 1), uri);
    const first = await list.page({ pageSize: size });
    assert.equal(first.previousPageUrl, undefined, uri);
    const second = await first.nextPage();
    assert.deepEqual(seen(second.instances), whole.slice(size, 2 * size), uri);
    assert.deepEqual(seen((await second.previousPage()).instances), whole.slice(0, size), uri);
    assert.deepEqual(seen((await list.getPage(first.nextPageUrl)).instances), seen(second.instances), uri);
  }
});

test("row 151: every date is read", async () => {
  for (const list of LISTS) {
    for (const row of await list.list({ limit: 5 })) {
      for (const name of MOMENTS) {
        const value = row[name] ?? null;
        assert.ok(value === null || isMoment(value), `${list._uri} ${name}=${value}`);
      }
    }
  }
});
