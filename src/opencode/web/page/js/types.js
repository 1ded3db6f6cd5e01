// The nouns of the server as this page reads them (src/opencode/core says what they mean).

/**
 * @typedef {{input: number, output: number, cache_read: number, cache_write: number,
 *   reasoning: number, cost: number | null}} Usage
 * @typedef {{id: string, title: string, agent: string, model: string, messages: number,
 *   parent: string, created: number, updated: number, usage: Usage, damaged: string}} SessionInfo
 * @typedef {{type: "text", text: string, language?: string}} TextDisplay
 * @typedef {{type: "diff", path: string, patch: string, added: number, removed: number}} DiffDisplay
 * @typedef {{type: "file", path: string, text: string, start?: number}} FileDisplay
 * @typedef {{type: "todos", items: [string, string][]}} TodosDisplay
 * @typedef {{type: "table", headings: string[], rows: string[][], title?: string}} TableDisplay
 * @typedef {TextDisplay | DiffDisplay | FileDisplay | TodosDisplay | TableDisplay} Display
 * @typedef {{type: "text", text: string, origin?: string}} TextPart
 * @typedef {{type: "reasoning", text: string}} ReasoningPart
 * @typedef {{type: "file", name: string, mime: string, data?: string, path?: string}} FilePart
 * @typedef {{type: "tool", id: string, tool: string, input: Object<string, any>, raw?: string,
 *   status: "pending" | "running" | "completed" | "error" | "cancelled" | "denied", output: string,
 *   display: Display[], files: FilePart[], child?: string, started: number | null,
 *   ended: number | null, progress?: string}} ToolPart
 * @typedef {TextPart | ReasoningPart | FilePart | ToolPart | {type: "opaque"}} Part
 * @typedef {{id: string, role: "user" | "assistant", parts: Part[], agent: string, model: string,
 *   usage: Usage, finish: string, error: string, created: number, ended: number | null,
 *   summary: boolean, v?: number}} Message
 *   `v` grows with every change, so that only what changed is drawn anew.
 * @typedef {{text: string, status: string}} Todo
 * @typedef {{action: string, target: string, verdict: string}} Rule
 * @typedef {{text: string, header: string, options: {label: string, description: string}[],
 *   multiple: boolean, draft?: string}} Question
 * @typedef {{id: string, session: string, kind: "permission" | "question", tool: string,
 *   call: string, text: string, reasons: string[], rules: Rule[], display: Display[],
 *   questions: Question[], path: string[], warnings: string[]}} Ask
 * @typedef {{verdict: "allow" | "reject", scope?: "once" | "session" | "project" | "user",
 *   reason?: string, answers?: string[][]}} Reply
 * @typedef {{epoch: string, n: number, busy: boolean, info: SessionInfo, messages: Message[],
 *   queued: Message[], todos: Todo[], effort: string, can_redo: boolean, share: string}} Snapshot
 *   `share` names its page, "" where there is none; `effort` is "" when the settings speak.
 * @typedef {Snapshot & {doing: Doing, ending: Ending | null}} Open
 * @typedef {{word: "" | "thinking" | "answering" | "drafting" | "retrying", detail?: string,
 *   until?: number}} Doing
 *   `until` is when the next try begins, in milliseconds since 1970.
 * @typedef {{reason: string, detail: string, hint: string, code: string}} Ending
 * @typedef {{name: string, description: string, mode: string}} Agent
 * @typedef {{name: string, description: string}} Command
 * @typedef {{id: string, name: string, provider: string, window: number,
 *   efforts: string[]}} Model
 * @typedef {{name: string, state: string, detail: string, how: string,
 *   tools: [string, string][], resources: [string, string][]}} McpServer
 * @typedef {{name: string, state: string, detail: string, root: string}} CodeServer
 * @typedef {{mcp: McpServer[], code: CodeServer[]}} Servers
 * @typedef {{id: number, level: string, text: string}} Toast
 * @typedef {{name: string, path: string, type: "file" | "directory", ignored: boolean}} FileNode
 */

export {};
