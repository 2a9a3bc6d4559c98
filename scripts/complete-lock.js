/**
 * Adds to package-lock.json the optional packages of other platforms that a registry mirror did not
 * have when the lock was written: `npm ci` refuses a lock without them. Their platform is in their
 * names. Run after `npm install`; test/docs/package.test.ts fails while one is missing.
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
let added = 0;
for (const owner of Object.values({ ...lock.packages })) {
	for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
		const key = `node_modules/${name}`;
		if (lock.packages[key] !== undefined) continue;
		const m =
			/(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-(arm64|arm|x64|ia32|loong64|mips64el|ppc64|riscv64|s390x)(?:-(musl|gnu))?$/.exec(
				name,
			);
		if (m === null) throw new Error(`${name}: no platform in its name`);
		lock.packages[key] = {
			version,
			cpu: [m[2]],
			...(owner.dev === true ? { dev: true } : {}),
			...(m[3] === undefined ? {} : { libc: [m[3] === "gnu" ? "glibc" : "musl"] }),
			optional: true,
			os: [m[1]],
		};
		added++;
	}
}
const names = Object.keys(lock.packages).sort((a, b) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(names.map((n) => [n, lock.packages[n]]));
if (added > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} optional packages added to package-lock.json`);
