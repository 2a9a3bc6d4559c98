/**
 * Builds the engines the benchmark measures us beside, into bench/peers/bin. Each needs its own
 * toolchain; one that is absent is said to be, and the benchmark then reports that peer missing.
 *
 *   opa-peer       Go: rego.PreparedEvalQuery; it also compiles workloads to Wasm
 *   opa            Go: OPA's command, for cold starts
 *   regorus-peer   Rust: regorus as the Kata agent uses it, and at its best
 *   registry       Go: CNCF's registry, for the tests of image sources
 *   opa-wasm       npm: @open-policy-agent/opa-wasm, a development dependency; nothing to build
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("../bench/peers", import.meta.url)));
mkdirSync("bin", { recursive: true });
const bin = fileURLToPath(new URL("../bench/peers/bin/", import.meta.url));
let failed = false;

function run(name, needs, program, args, options = {}) {
	if (spawnSync(needs, ["version"]).error !== undefined && spawnSync(needs, ["--version"]).error !== undefined) {
		console.log(`${name}: missing (no ${needs} here)`);
		return false;
	}
	const { status } = spawnSync(program, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
	console.log(`${name}: ${status === 0 ? "built" : "does not build"}`);
	failed ||= status !== 0;
	return status === 0;
}

run("opa-peer", "go", "go", ["build", "-o", `${bin}opa-peer`, "."], { cwd: "opa" });
run("opa", "go", "go", ["install", "github.com/open-policy-agent/opa@v1.20.2"], {
	env: { ...process.env, GOBIN: bin, GOFLAGS: "-mod=mod" },
});
run("registry", "go", "go", ["install", "github.com/distribution/distribution/v3/cmd/registry@v3.0.0"], {
	env: { ...process.env, GOBIN: bin, GOFLAGS: "-mod=mod" },
});
if (run("regorus-peer", "cargo", "cargo", ["build", "--release", "--quiet"], { cwd: "regorus" }))
	copyFileSync("regorus/target/release/regorus-peer", `${bin}regorus-peer`);
const wasm = existsSync("../../node_modules/@open-policy-agent/opa-wasm");
console.log(`opa-wasm: ${wasm ? "installed" : "missing (npm install)"}; its policies are compiled by opa-peer`);
process.exitCode = failed ? 1 : 0;
