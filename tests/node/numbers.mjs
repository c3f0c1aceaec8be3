// Numbers for sale and bought, caller IDs, addresses, prices and regions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, isMoment, OWN, refused, sids, trunks } from "./connection.mjs";

const HOME = { street: "1 Example Street", city: "Bonn", region: "NW", postalCode: "53113", isoCountry: "DE" };
const TYPES = ["local", "mobile", "tollFree", "national", "sharedCost", "voip", "machineToMachine"];

test("row 142: numbers for sale, by country and type", async () => {
  const countries = await client.availablePhoneNumbers.list();
  assert.ok(countries.map((row) => row.countryCode).includes("US"));
  const country = await client.availablePhoneNumbers("US").fetch();
  assert.deepEqual([country.country, country.beta], ["United States", false]);
  for (const type of TYPES) {
    const number = OWN.for_sale[type];
    const found = await client.availablePhoneNumbers("US")[type].list({ contains: number });
    assert.deepEqual(found.map((row) => row.phoneNumber), [number], type);
    assert.equal(found[0].capabilities.voice, true);
  }
  const { local } = client.availablePhoneNumbers("US");
  assert.deepEqual(await local.list({ contains: OWN.for_sale.local, smsEnabled: true }), []);
  assert.deepEqual(await local.list({ contains: OWN.for_sale.local, inRegion: "DC" }), []);
  await refused(21451, 400, () => local.list({ areaCode: 2 }));
  await refused(20404, 404, () => client.availablePhoneNumbers("ZZ").fetch());
});

test("row 143: numbers are bought, put on a trunk and released", async () => {
  const bought = [];
  for (const type of ["local", "mobile", "tollFree"]) {
    const room = client.incomingPhoneNumbers[type];
    bought.push(await room.create({ phoneNumber: OWN.for_sale[type], friendlyName: type }));
    assert.equal((await room.list({ phoneNumber: OWN.for_sale[type] }))[0].sid, bought.at(-1).sid);
  }
  const [number] = bought;
  assert.deepEqual([number.status, number.capabilities.voice, number.trunkSid], ["in-use", true, null]);
  assert.equal((await client.incomingPhoneNumbers(number.sid).fetch()).type, "local");
  await refused(21422, 400, () => client.incomingPhoneNumbers.create({ phoneNumber: number.phoneNumber }));
  await refused(21421, 400, () => client.incomingPhoneNumbers.create({ phoneNumber: "no number" }));
  const trunk = await trunks.create({});
  const held = await trunks(trunk.sid).phoneNumbers.create({ phoneNumberSid: number.sid });
  assert.deepEqual([held.sid, held.trunkSid], [number.sid, trunk.sid]);
  assert.equal((await trunks(trunk.sid).phoneNumbers(number.sid).fetch()).sid, number.sid);
  assert.deepEqual(sids(await trunks(trunk.sid).phoneNumbers.list()), [number.sid]);
  assert.equal((await client.incomingPhoneNumbers(number.sid).fetch()).trunkSid, trunk.sid);
  assert.equal(await trunks(trunk.sid).phoneNumbers(number.sid).remove(), true);
  const changed = await client.incomingPhoneNumbers(number.sid).update({ friendlyName: "Büro ☎️", trunkSid: trunk.sid });
  assert.deepEqual([changed.friendlyName, changed.trunkSid], ["Büro ☎️", trunk.sid]);
  for (const one of bought) assert.equal(await client.incomingPhoneNumbers(one.sid).remove(), true);
  await refused(20404, 404, () => client.incomingPhoneNumbers(number.sid).fetch());
  assert.equal((await client.incomingPhoneNumbers.create({ phoneNumber: number.phoneNumber })).trunkSid, null);
  assert.equal(await trunks(trunk.sid).remove(), true);
});

test("row 144: caller IDs and the request for one", async () => {
  const asked = await client.validationRequests.create({ phoneNumber: "+12025550189", friendlyName: "Desk" });
  assert.match(asked.validationCode, /^[0-9]{6}$/);
  await refused(21454, 400, () => client.validationRequests.create({ phoneNumber: "+12025550189", callDelay: 61 }));
  const [callerId] = await client.outgoingCallerIds.list();
  assert.equal((await client.outgoingCallerIds(callerId.sid).fetch()).phoneNumber, callerId.phoneNumber);
  const changed = await client.outgoingCallerIds(callerId.sid).update({ friendlyName: "Front" });
  assert.equal(changed.friendlyName, "Front");
  await refused(21450, 400, () => client.validationRequests.create({ phoneNumber: callerId.phoneNumber }));
  assert.equal(await client.outgoingCallerIds(callerId.sid).remove(), true);
  await refused(20404, 404, () => client.outgoingCallerIds(callerId.sid).fetch());
});

test("row 143: addresses", async () => {
  const address = await client.addresses.create({ customerName: "Beispiel GmbH", ...HOME });
  assert.deepEqual([address.postalCode, address.validated, address.verified], ["53113", true, false]);
  assert.ok(isMoment(address.dateCreated));
  assert.equal((await client.addresses(address.sid).update({ city: "Köln" })).city, "Köln");
  assert.equal((await client.addresses(address.sid).fetch()).city, "Köln");
  assert.deepEqual(sids(await client.addresses.list({ customerName: "Beispiel GmbH" })), [address.sid]);
  assert.deepEqual(await client.addresses(address.sid).dependentPhoneNumbers.list(), []);
  await refused(20409, 409, () => client.addresses(OWN.address).remove());
  await refused(21630, 400, () => client.addresses.create({ customerName: "x", ...HOME, postalCode: "none" }));
  assert.equal(await client.addresses(address.sid).remove(), true);
});

test("row 149: prices and regions", async () => {
  assert.ok((await client.pricing.v2.countries.list()).map((row) => row.isoCountry).includes("NO"));
  const norway = await client.pricing.v2.countries("NO").fetch();
  assert.deepEqual([norway.country, norway.terminatingPrefixPrices[0].currentPrice], ["Norway", "0.01"]);
  const number = await client.pricing.v2.numbers("+4799000000").fetch({ originationNumber: "+12025550100" });
  assert.deepEqual([number.isoCountry, number.originationNumber], ["NO", "+12025550100"]);
  await refused(20404, 404, () => client.pricing.v2.countries("AQ").fetch());
  const [held] = await client.incomingPhoneNumbers.list({ limit: 1 });
  const domainName = "node-region.pstn.trunkline.localhost";
  await trunks.create({ domainName });
  for (const route of [client.routes.v2.phoneNumbers(held.phoneNumber), client.routes.v2.trunks(domainName)]) {
    assert.equal((await route.fetch()).voiceRegion, "us1");
    const changed = await route.update({ voiceRegion: "au1", friendlyName: "Sydney" });
    assert.deepEqual([changed.voiceRegion, changed.friendlyName], ["au1", "Sydney"]);
    assert.match(changed.sid, /^QQ/);
    await refused(20001, 400, () => route.update({ voiceRegion: "mars1" }));
  }
});
