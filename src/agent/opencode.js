// Written by `guard agent hooks opencode --write`, which replaces this file as a whole.
import { spawnSync } from "node:child_process";

const ASKED = new Set(["write", "edit", "multiedit", "apply_patch", "patch", "bash"]);

export const Guard = async ({ directory }) => ({
  "tool.execute.before": async (input, output) => {
    if (!ASKED.has(input.tool)) return;
    const ran = spawnSync("guard", ["agent", "pre-tool", "--host", "opencode"], {
      cwd: directory,
      encoding: "utf8",
      input: JSON.stringify({ tool: input.tool, args: output.args, cwd: directory }),
      timeout: 60000,
    });
    if (ran.status === 0) return;
    const why = String(ran.stderr ?? "").trim() || String(ran.error ?? `it ended with ${ran.status ?? ran.signal}`);
    throw new Error(why.includes("error") ? why : `guard could not answer, so this is refused: ${why}`);
  },
});
