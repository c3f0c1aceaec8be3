// Calls, live and finished, what hangs on them, Voice Insights, alerts and the audit log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCOUNT_SID, client, isMoment, OWN, refused, sids, trunks } from "./connection.mjs";

const FIRST_ALERT = "2026-02-03T04:05:06.000Z";

test("row 145: finished calls, their filters and errors", async () => {
  const all = await client.calls.list({ status: "completed" });
  assert.ok(sids(all).includes(OWN.call));
  const call = await client.calls(OWN.call).fetch();
  assert.deepEqual([call.duration, call.price, call.status], ["15", "-0.01000", "completed"]);
  assert.equal(call.endTime - call.startTime, 15_000);
  assert.deepEqual(sids(await client.calls.list({ to: call.to, startTime: call.startTime })), [call.sid]);
  assert.deepEqual(await client.calls.list({ startTimeAfter: new Date("2030-01-01T00:00:00Z") }), []);
  assert.deepEqual(await client.calls(OWN.call).events.list(), []);
  await refused(21220, 400, () => client.calls(OWN.call).update({ status: "completed" }));
  await refused(20004, 405, () => client.calls.create({ to: "+442079460001", from: "+12025550100", twiml: "<Response/>" }));
  await refused(20001, 400, () => client.calls.list({ status: "sometimes" }));
  await refused(20007, 400, () => client.calls.page({ pageSize: 1001 }));
  const oldest = all.at(-1);
  assert.equal(await client.calls(oldest.sid).remove(), true);
  await refused(20404, 404, () => client.calls(oldest.sid).fetch());
});

test("row 145: a live call is seen and ended", async () => {
  const [live] = await client.calls.list({ status: "in-progress" });
  assert.deepEqual([live.sid, live.endTime, live.duration], [OWN.live, null, null]);
  await refused(21220, 400, () => client.calls(live.sid).update({ status: "canceled" }));
  await refused(20009, 409, () => client.calls(live.sid).remove());
  assert.equal((await client.calls(live.sid).update({ status: "completed" })).sid, live.sid);
});

test("row 149: recordings", async () => {
  const ofCall = client.calls(OWN.call).recordings;
  const [newest, ...older] = await client.recordings.list();
  assert.deepEqual([newest.callSid, newest.status, newest.source], [OWN.call, "completed", "Trunking"]);
  assert.ok(newest.mediaUrl.endsWith(`/Accounts/${ACCOUNT_SID}/Recordings/${newest.sid}`));
  assert.equal((await client.recordings(newest.sid).fetch()).dateCreated.getTime(), newest.dateCreated.getTime());
  assert.deepEqual(sids(await ofCall.list()), sids([newest, ...older]));
  assert.equal((await ofCall(newest.sid).fetch()).track, "both");
  await refused(21220, 400, () => ofCall.create());
  await refused(21220, 400, () => ofCall(newest.sid).update({ status: "paused" }));
  assert.equal(await ofCall(newest.sid).remove(), true);
  assert.equal(await client.recordings(older[0].sid).remove(), true);
  assert.equal((await client.recordings(older[0].sid).fetch({ includeSoftDeleted: true })).status, "deleted");
  await refused(20404, 404, () => client.recordings(older[0].sid).fetch());
});

test("row 150: alerts, notifications and the audit log", async () => {
  const alerts = await client.monitor.v1.alerts.list({ logLevel: "error" });
  const alert = await client.monitor.v1.alerts(alerts.at(-1).sid).fetch();
  assert.deepEqual([alert.errorCode, alert.resourceSid], ["32011", OWN.call]);
  assert.equal(alert.dateCreated.toISOString(), FIRST_ALERT);
  const notification = await client.notifications(alert.sid).fetch();
  assert.deepEqual([notification.callSid, notification.messageDate.toISOString()], [OWN.call, FIRST_ALERT]);
  assert.deepEqual(sids(await client.notifications.list()), sids(alerts));
  assert.deepEqual(sids(await client.calls(OWN.call).notifications.list()), sids(alerts));
  assert.equal((await client.calls(OWN.call).notifications(alert.sid).fetch()).sid, alert.sid);
  await refused(20001, 400, () => client.monitor.v1.alerts.list({ logLevel: "shouting" }));
  const trunk = await trunks.create({ friendlyName: "Office" });
  await trunks(trunk.sid).update({ friendlyName: "Annex" });
  const events = await client.monitor.v1.events.list({ resourceSid: trunk.sid });
  assert.deepEqual(events.map((event) => event.eventType), ["trunk.updated", "trunk.created"]);
  const event = await client.monitor.v1.events(events[0].sid).fetch();
  assert.deepEqual(event.eventData, { friendly_name: { previous: "Office", updated: "Annex" } });
  assert.ok(isMoment(event.eventDate));
  await trunks(trunk.sid).remove();
});

test("row 149: Voice Insights", async () => {
  const call = client.insights.v1.calls(OWN.call);
  assert.equal((await call.fetch()).sid, OWN.call);
  const said = await call.annotation().update({ callScore: 4, qualityIssues: "echo,latency", comment: "gut" });
  assert.deepEqual([said.callScore, said.qualityIssues, said.comment], [4, ["echo", "latency"], "gut"]);
  assert.equal((await call.annotation().fetch()).callScore, 4);
  await refused(20001, 400, () => call.annotation().update({ callScore: 6 }));
  const summary = await call.summary().fetch();
  assert.deepEqual([summary.callState, summary.callType, summary.connectDuration], ["completed", "trunking", 15]);
  assert.ok(isMoment(summary.createdTime) && isMoment(summary.endTime));
  const milestones = (await call.events.list({ edge: "sip_edge" })).filter((event) => event.group === "call");
  assert.deepEqual(milestones.map((event) => event.name), ["initiated", "completed"]);
  const metrics = await call.metrics.list({ edge: "sip_edge", direction: "inbound" });
  assert.deepEqual(metrics.map((metric) => metric.sipEdge.cumulative.packets_received), [100]);
  const summaries = await client.insights.v1.callSummaries.list({ callScoreAnnotation: "4" });
  assert.deepEqual(summaries.map((one) => one.callSid), [OWN.call]);
  const settings = client.insights.v1.settings();
  assert.equal((await settings.update({ voiceTrace: true })).voiceTrace, true);
  assert.equal((await settings.fetch()).accountSid, ACCOUNT_SID);
});
