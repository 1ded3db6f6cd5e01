// The official `openai` client against a running server; prints what it got as one JSON line.
import OpenAI from "openai";

const ai = new OpenAI({ baseURL: `${process.env.URL}/v1`, apiKey: "any", maxRetries: 0 });
const model = process.env.MODEL;
const messages = [{ role: "user", content: "Hi" }];

const listed = [];
for await (const one of ai.models.list()) listed.push(one.id);
const one = await ai.models.retrieve(model);
const whole = await ai.chat.completions.create({ model, messages });
const stream = await ai.chat.completions.create({
  model, messages, stream: true, stream_options: { include_usage: true },
});
const chunks = [];
for await (const chunk of stream) chunks.push(chunk);
const response = await ai.responses.create({ model, input: "Hi" });
const events = [];
for await (const event of await ai.responses.create({ model, input: "Hi", stream: true })) {
  events.push(event.type);
}
let refused;
try {
  await ai.chat.completions.create({ model: "no/such", messages });
} catch (error) {
  refused = { kind: error.constructor.name, status: error.status, code: error.code };
}
console.log(JSON.stringify({
  listed,
  one: one.id,
  whole: whole.choices[0].message.content,
  usage: whole.usage.total_tokens,
  streamed: chunks.flatMap((c) => c.choices).map((c) => c.delta.content ?? "").join(""),
  streamed_usage: chunks.at(-1).usage.total_tokens,
  response: response.output_text,
  events,
  refused,
}));
