// The first client of @opencode-ai/sdk; prints what it got as one JSON line.
import { createOpencodeClient } from "@opencode-ai/sdk";

const client = createOpencodeClient({ baseUrl: process.env.URL, throwOnError: true });
const { stream } = await client.event.subscribe();
const seen = [];
const told = (type) => new Promise((resolve) => waiting.push([type, resolve]));
const waiting = [];
const reading = (async () => {
  for await (const event of stream) {
    seen.push(event.type);
    const at = waiting.findIndex(([type]) => type === event.type);
    if (at >= 0) waiting.splice(at, 1)[0][1](event.properties);
    if (event.type === "session.deleted") break;
  }
})();

const made = (await client.session.create({ body: { title: "From Node" } })).data;
const path = { id: made.id };
const say = (text) => client.session.prompt({ path, body: { parts: [{ type: "text", text }] } });

const asked = told("permission.asked");
const first = say("Hi");
const ask = await asked;
await client.postSessionIdPermissionsPermissionId({
  path: { id: made.id, permissionID: ask.id }, body: { response: "once" },
});
const answer = (await first).data;
const messages = (await client.session.messages({ path })).data;
const user = messages.find((one) => one.info.role === "user").info.id;
const reverted = (await client.session.revert({ path, body: { messageID: user } })).data;
const hidden = (await client.session.messages({ path })).data.length;
await client.session.unrevert({ path });
const brought = (await client.session.messages({ path })).data.length;
const busy = told("message.part.delta");
const slow = say("Again");
await busy;
const aborted = (await client.session.abort({ path })).data;
const stopped = (await slow).data;
const listed = (await client.session.list()).data.map((one) => one.title);
await client.session.delete({ path });
await reading;
const line = JSON.stringify({
  ask: ask.permission,
  answer: answer.parts.filter((p) => p.type === "text").map((p) => p.text).join(""),
  roles: messages.map((one) => one.info.role),
  tool: messages.flatMap((one) => one.parts).find((p) => p.type === "tool").state.status,
  reverted: reverted.revert.messageID === user,
  hidden,
  brought,
  aborted,
  stopped: stopped.info.error?.name,
  listed,
  deltas: seen.includes("message.part.delta"),
  idle: seen.includes("session.idle"),
});
process.stdout.write(line, () => process.exit(0));
