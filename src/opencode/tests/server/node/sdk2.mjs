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
const newer = (await v2.event.subscribe()).stream;
const heard = (async () => {
  for await (const event of newer) {
    if (event.type === "permission.v2.asked") return event.data.source.type;
  }
})();
const admitted = (await v2.session.prompt({ sessionID, prompt: { text: "Hi" } })).data.data;
const requestID = await read;
const active = (await v2.session.active()).data.data;
const waiting = (await v2.session.permission.list({ sessionID })).data.data;
const everywhere = (await v2.permission.request.list({})).data.data;
const [same] = everywhere.filter((one) => one.id === requestID);
const alone = (await v2.session.permission.get({ sessionID, requestID })).data.data;
await v2.session.permission.reply({ sessionID, requestID, reply: "once" });
await v2.session.wait({ sessionID });
const newest = (await v2.session.messages({ sessionID, limit: 2 })).data;
const older = (await v2.session.messages({ sessionID, cursor: newest.cursor.next })).data;
const context = (await v2.session.context({ sessionID })).data.data;
const history = (await v2.session.history({ sessionID, limit: 500 })).data;
const last5 = history.data.at(-5).durable.seq;
const behind = [];
for await (const event of (await v2.session.events({ sessionID, after: String(last5) })).stream) {
  behind.push((typeof event === "string" ? JSON.parse(event) : event).type);
  if (behind.length === 4) break;
}
await v2.session.interrupt({ sessionID });
const got = (await v2.session.get({ sessionID })).data.data;
const listed = (await v2.session.list({ limit: 5, order: "asc" })).data;
const across = (await client.experimental.session.list({ limit: 5 })).data;
const place = (await v2.location.get()).data;
const old = (await client.session.prompt({ sessionID, parts: [{ type: "text", text: "Hi" }] })).data;
const last = (await v2.session.messages({ sessionID })).data.data.find((one) => one.type === "user");
const staged = (await v2.session.revert.stage({ sessionID, messageID: last.id })).data.data;
const long = (await v2.session.messages({ sessionID })).data.data.length;
await v2.session.revert.clear({ sessionID });
await v2.session.revert.stage({ sessionID, messageID: last.id });
await v2.session.revert.commit({ sessionID });
const short = (await v2.session.messages({ sessionID })).data.data.length;
const provider = (await v2.provider.get({ providerID: "offline" })).data.data;
const integrations = (await v2.integration.list({})).data.data;
await v2.integration.connect.key({ integrationID: "openai", key: "sk-mine" });
const [credential] = (await v2.integration.get({ integrationID: "openai" })).data.data.connections;
await v2.credential.remove({ credentialID: credential.id });
const pty = (await v2.pty.create({ command: "/bin/cat" })).data.data;
const ticket = (await v2.pty.connectToken({ ptyID: pty.id })).data.data.ticket;
await v2.pty.remove({ ptyID: pty.id });
const line = JSON.stringify({
  admitted: [admitted.prompt.text, admitted.delivery, admitted.sessionID === sessionID],
  active: active[sessionID].type,
  waiting: waiting.map((one) => [one.action, one.id === requestID]),
  newest: newest.data.map((one) => one.type),
  older: [older.data.map((one) => one.type), older.cursor.next ?? null],
  context: context.map((one) => one.type),
  waits: [await heard, same.action, alone.resources],
  history: [history.hasMore, history.data.at(-1).type, behind],
  reverted: [staged.messageID === last.id, long, short],
  doors: [
    provider.id,
    integrations.some((one) => one.id === "openai"),
    credential.type,
    pty.status,
    ticket.length > 20,
    (await v2.permission.saved.list({})).data.data,
    (await v2.question.request.list({})).data.data,
  ],
  tool: context[1].content.find((one) => one.type === "tool").state.status,
  answer: context[2].content.find((one) => one.type === "text").text,
  tokens: got.tokens.output,
  listed: listed.data.map((one) => one.id === sessionID),
  across: across.map((one) => one.id === sessionID && one.project.worktree === place.directory),
  old: old.parts.find((one) => one.type === "text").text,
});
process.stdout.write(line, () => process.exit(0));
