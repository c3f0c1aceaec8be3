// Trunking v1, credential lists and IP access control lists.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, isMoment, refused, sids, trunks } from "./connection.mjs";

const PASSWORD = "Correct-Horse-1";
const sip = client.api.v2010.account.sip;

test("rows 130 and 138: trunks and their recording", async () => {
  const trunk = await trunks.create({ friendlyName: "Node", domainName: "node.pstn.trunkline.localhost", secure: true });
  assert.match(trunk.sid, /^TK[0-9a-f]{32}$/);
  assert.deepEqual([trunk.secure, trunk.authType, trunk.authTypeSet], [true, "", []]);
  assert.ok(isMoment(trunk.dateCreated));
  const changed = await trunks(trunk.sid).update({ friendlyName: "Renamed", transferMode: "sip-only" });
  assert.deepEqual([changed.friendlyName, changed.transferMode, changed.secure], ["Renamed", "sip-only", true]);
  assert.equal((await trunks(trunk.sid).recordings().update({ mode: "record-from-answer" })).mode, "record-from-answer");
  assert.equal((await trunks(trunk.sid).recordings().fetch()).trim, "do-not-trim");
  assert.deepEqual((await trunks(trunk.sid).fetch()).recording, { mode: "record-from-answer", trim: "do-not-trim" });
  await refused(21248, 400, () => trunks.create({ domainName: "node.pstn.trunkline.localhost" }));
  await refused(20001, 400, () => trunks(trunk.sid).update({ transferMode: "sometimes" }));
  assert.equal(await trunks(trunk.sid).remove(), true);
  await refused(20404, 404, () => trunks(trunk.sid).fetch());
});

test("row 133: origination URLs", async () => {
  const here = trunks((await trunks.create({})).sid);
  const target = { weight: 1, priority: 2, enabled: true, friendlyName: "PBX", sipUrl: "sip:192.0.2.7" };
  const url = await here.originationUrls.create(target);
  assert.deepEqual([url.weight, url.priority, url.enabled], [1, 2, true]);
  assert.equal((await here.originationUrls(url.sid).update({ enabled: false })).enabled, false);
  assert.equal((await here.originationUrls(url.sid).fetch()).enabled, false);
  for (let place = 0; place < 9; place += 1) await here.originationUrls.create(target);
  assert.equal((await here.originationUrls.list()).length, 10);
  await refused(21249, 400, () => here.originationUrls.create(target));
  await refused(20001, 400, () => here.originationUrls(url.sid).update({ weight: 65536 }));
  assert.equal(await here.originationUrls(url.sid).remove(), true);
  await here.remove();
});

test("rows 137 and 141: credential lists and IP access control lists", async () => {
  const users = await sip.credentialLists.create({ friendlyName: "users" });
  assert.equal((await sip.credentialLists(users.sid).update({ friendlyName: "people" })).friendlyName, "people");
  assert.equal((await sip.credentialLists(users.sid).fetch()).friendlyName, "people");
  assert.ok(sids(await sip.credentialLists.list()).includes(users.sid));
  const credentials = sip.credentialLists(users.sid).credentials;
  const login = await credentials.create({ username: "pbx", password: PASSWORD });
  assert.equal((await credentials(login.sid).fetch()).username, "pbx");
  assert.equal((await credentials(login.sid).update({ password: `${PASSWORD}2` })).username, "pbx");
  await refused(21243, 400, () => credentials.create({ username: "a b", password: PASSWORD }));
  assert.deepEqual(sids(await credentials.list()), [login.sid]);
  assert.equal(await credentials(login.sid).remove(), true);
  assert.equal(await sip.credentialLists(users.sid).remove(), true);

  const acl = await sip.ipAccessControlLists.create({ friendlyName: "sites" });
  assert.equal((await sip.ipAccessControlLists(acl.sid).update({ friendlyName: "all" })).friendlyName, "all");
  assert.equal((await sip.ipAccessControlLists(acl.sid).fetch()).friendlyName, "all");
  assert.ok(sids(await sip.ipAccessControlLists.list()).includes(acl.sid));
  const addresses = sip.ipAccessControlLists(acl.sid).ipAddresses;
  const address = await addresses.create({ friendlyName: "SBC", ipAddress: "192.0.2.7", cidrPrefixLength: 24 });
  assert.deepEqual([address.ipAddress, address.cidrPrefixLength], ["192.0.2.0", 24]);
  assert.equal((await addresses(address.sid).update({ friendlyName: "edge" })).friendlyName, "edge");
  assert.equal((await addresses(address.sid).fetch()).friendlyName, "edge");
  await refused(21235, 400, () => addresses.create({ friendlyName: "none", ipAddress: "192.0.2.256" }));
  assert.deepEqual(sids(await addresses.list()), [address.sid]);
  assert.equal(await addresses(address.sid).remove(), true);
  assert.equal(await sip.ipAccessControlLists(acl.sid).remove(), true);
});

test("rows 12, 135, 136 and 140: what is associated with a trunk", async () => {
  const users = await sip.credentialLists.create({ friendlyName: "users" });
  const acl = await sip.ipAccessControlLists.create({ friendlyName: "sites" });
  const here = trunks((await trunks.create({})).sid);
  await here.credentialsLists.create({ credentialListSid: users.sid });
  await here.ipAccessControlLists.create({ ipAccessControlListSid: acl.sid });
  assert.deepEqual((await here.fetch()).authTypeSet, ["IP_ACL", "CREDENTIAL_LIST"]);
  await refused(21241, 400, () => sip.credentialLists(users.sid).remove());
  await refused(21236, 400, () => sip.ipAccessControlLists(acl.sid).remove());
  for (const [room, sid] of [[here.credentialsLists, users.sid], [here.ipAccessControlLists, acl.sid]]) {
    assert.deepEqual(sids(await room.list()), [sid]);
    assert.equal((await room(sid).fetch()).sid, sid);
    assert.equal(await room(sid).remove(), true);
    await refused(20404, 404, () => room(sid).fetch());
  }
  assert.equal(await here.remove(), true);
  assert.equal(await sip.credentialLists(users.sid).remove(), true);
  assert.equal(await sip.ipAccessControlLists(acl.sid).remove(), true);
});
