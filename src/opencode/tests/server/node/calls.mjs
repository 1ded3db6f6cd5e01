// Every method of both clients of @opencode-ai/sdk with the request it makes, as one JSON object.
const made = {};
const answer = () => new Response("{}", { headers: { "content-type": "application/json" } });
for (const generation of ["client", "v2/client"]) {
  const { createOpencodeClient } = await import(`@opencode-ai/sdk/${generation}`);
  let request = "";
  const fetch = async (asked) => {
    request = `${asked.method ?? "GET"} ${decodeURIComponent(new URL(asked.url ?? asked).pathname)}`;
    return answer();
  };
  globalThis.fetch = fetch;
  const seen = new Set();
  const walk = async (one, name) => {
    if (seen.has(one)) return;
    seen.add(one);
    const names = new Set();
    for (let at = one; at && at !== Object.prototype; at = Object.getPrototypeOf(at))
      for (const own of Object.getOwnPropertyNames(at)) names.add(own);
    for (const own of names) {
      if (own === "constructor" || own === "client" || own.startsWith("_")) continue;
      const value = one[own];
      if (value && typeof value === "object") await walk(value, `${name}.${own}`);
      if (typeof value !== "function") continue;
      request = "";
      const got = await one[own]({});
      if (got?.stream) await Promise.race([got.stream.next(), new Promise(setImmediate)]);
      made[`${name}.${own}`] = request;
    }
  };
  await walk(createOpencodeClient({ baseUrl: "http://x", fetch }), generation);
}
process.stdout.write(JSON.stringify(made), () => process.exit(0));
