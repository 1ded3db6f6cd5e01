// The second client of @opencode-ai/sdk; prints what it got as one JSON line.
import { createOpencodeClient } from "@opencode-ai/sdk/v2/client";

const baseUrl = process.env.URL;
const client = createOpencodeClient({ baseUrl, directory: process.env.HERE, throwOnError: true });
const { v2 } = client;
const made = (await v2.session.create({})).data.data;
const sessionID = made.id;
const { stream } = await client.event.subscribe();
const read = (async () => {
  for await (const event of stream) {
    if (event.type === "permission.asked") return event.properties.id;
  }
})();
const admitted = (await v2.session.prompt({ sessionID, prompt: { text: "Hi" } })).data.data;
const requestID = await read;
const active = (await v2.session.active()).data.data;
const waiting = (await v2.session.permission.list({ sessionID })).data.data;
await v2.session.permission.reply({ sessionID, requestID, reply: "once" });
await v2.session.wait({ sessionID });
const newest = (await v2.session.messages({ sessionID, limit: 2 })).data;
const older = (await v2.session.messages({ sessionID, cursor: newest.cursor.next })).data;
const context = (await v2.session.context({ sessionID })).data.data;
await v2.session.interrupt({ sessionID });
const got = (await v2.session.get({ sessionID })).data.data;
const listed = (await v2.session.list({ limit: 5, order: "asc" })).data;
const across = (await client.experimental.session.list({ limit: 5 })).data;
const place = (await v2.location.get()).data;
const old = (await client.session.prompt({ sessionID, parts: [{ type: "text", text: "Hi" }] })).data;
const line = JSON.stringify({
  admitted: [admitted.prompt.text, admitted.delivery, admitted.sessionID === sessionID],
  active: active[sessionID].type,
  waiting: waiting.map((one) => [one.action, one.id === requestID]),
  newest: newest.data.map((one) => one.type),
  older: [older.data.map((one) => one.type), older.cursor.next ?? null],
  context: context.map((one) => one.type),
  tool: context[1].content.find((one) => one.type === "tool").state.status,
  answer: context[2].content.find((one) => one.type === "text").text,
  tokens: got.tokens.output,
  listed: listed.data.map((one) => one.id === sessionID),
  across: across.map((one) => one.id === sessionID && one.project.worktree === place.directory),
  old: old.parts.find((one) => one.type === "text").text,
});
process.stdout.write(line, () => process.exit(0));
