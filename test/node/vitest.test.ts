/** The tests below are written in Rego: policies/authz_test.rego. */
import { fileURLToPath } from "node:url";
import { regoTest } from "../../src/node/vitest.ts";

await regoTest(fileURLToPath(new URL("policies/**", import.meta.url)));
