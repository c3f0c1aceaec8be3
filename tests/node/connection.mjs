// Clients of the official SDK, changed in nothing but their base addresses, and a note of each request that they make.
// tests/interop/test_node_sdk.py says in the environment where the control process is and what the account holds.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import twilio from "twilio";

export const { BASE, ACCOUNT_SID, AUTH_TOKEN } = process.env;
export const OWN = JSON.parse(process.env.OWN);
const PRODUCTS = ["api", "trunking", "voice", "monitor", "insights", "pricing", "routes"];
const asked = [];

class NotingClient extends twilio.RequestClient {
  async request(options) {
    const answer = await super.request(options);
    asked.push({ method: options.method.toUpperCase(), url: options.uri, status: answer.statusCode });
    return answer;
  }
}

process.on("exit", () => writeFileSync(process.env.ASKED, JSON.stringify(asked)));

export function connect(user, password, options = {}) {
  const client = twilio(user, password, { ...options, httpClient: new NotingClient() });
  for (const product of PRODUCTS) client[product].baseUrl = BASE;
  return client;
}

export const client = connect(ACCOUNT_SID, AUTH_TOKEN);
export const trunks = client.trunking.v1.trunks;
export const sids = (rows) => rows.map((row) => row.sid);

export async function refused(code, status, work) {
  await assert.rejects(work, (fault) => {
    assert.equal(fault.constructor.name, "RestException");
    assert.deepEqual([fault.code, fault.status], [code, status], fault.message);
    assert.equal(fault.moreInfo, `https://www.twilio.com/docs/errors/${code}`);
    assert.ok(fault.message.length > 0);
    return true;
  });
}

export function isMoment(value) {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
