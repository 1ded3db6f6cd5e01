// The server as @opencode-ai/sdk itself starts and ends it; prints what it got as one JSON line.
import { createOpencode } from "@opencode-ai/sdk/v2";

const config = { model: "offline/rules", permission: { bash: "deny" } };
const { client, server } = await createOpencode({ port: 0, timeout: 15000, config });
const { model, permission } = (await client.config.get()).data;
server.close();
process.stdout.write(JSON.stringify([model, permission.bash]), () => process.exit(0));
