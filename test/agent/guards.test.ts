/** What stands around the gate: the mark of a change, the search for initdata, log lines that never wait. */
import { execFileSync, spawn } from "node:child_process";
import {
	chmodSync,
	closeSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jsonLog } from "../../src/agent/gate/log.ts";
import { lineWriter } from "../../src/agent/gate/log-stream.ts";
import { DeathMark } from "../../src/agent/policy/death-mark.ts";
import { checkDigest, hexDigest } from "../../src/agent/policy/digest.ts";
import { chooseDigest } from "../../src/agent/policy/digest-option.ts";
import { findInitdataDevice } from "../../src/agent/policy/initdata-device.ts";
import { eventually } from "./harness.ts";

let folder = "";
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "rego-guards-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

describe("the mark of a changed policy", () => {
	it("is read by the next gate of the same boot", () => {
		const mark = new DeathMark(path("run"));
		expect(mark.read()).toBeUndefined();
		mark.write();
		mark.write();
		expect(new DeathMark(path("run")).read()).toMatch(/was started again/);
	});

	const texts = [
		{ note: "empty", text: "", denies: true },
		{ note: "too long to be one", text: "x".repeat(200), denies: true },
		{ note: "of another boot", text: "00000000-0000-4000-8000-000000000000\n", denies: false },
	];
	for (const t of texts) {
		it(`${t.denies ? "denies" : "does not count"} when it is ${t.note}`, () => {
			const mark = new DeathMark(path("run"));
			writeFileSync(join(path("run"), "policy-changed"), t.text);
			expect(mark.read() !== undefined).toBe(t.denies);
		});
	}

	it("counts, and is not waited for, where something else has its name", () => {
		const mark = new DeathMark(path("run"));
		execFileSync("mkfifo", [join(path("run"), "policy-changed")]);
		expect(mark.read()).toMatch(/cannot be read: it is not a file$/);
	});

	it("tells boots apart, and of one that has no name takes every mark for its own", () => {
		const boot = (id: string): string => {
			writeFileSync(path("boot"), `${id}\n`);
			return path("boot");
		};
		const [first, second] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
		new DeathMark(path("run"), boot(first)).write();
		expect(new DeathMark(path("run"), boot(first)).read()).toMatch(/was started again/);
		expect(new DeathMark(path("run"), boot(second)).read()).toBeUndefined();
		expect(new DeathMark(path("run"), path("none")).read()).toMatch(/was started again/);
		new DeathMark(path("run"), path("none")).write();
		expect(new DeathMark(path("run"), path("none")).read()).toMatch(/was started again/);
		// Made when the boot could not be asked for, read when it could.
		expect(new DeathMark(path("run"), boot(first)).read()).toMatch(/was started again/);
	});

	it("names its boot though the kernel cannot be asked any more", () => {
		const id = "33333333-3333-4333-8333-333333333333\n";
		writeFileSync(path("boot"), id);
		const mark = new DeathMark(path("run"), path("boot"));
		rmSync(path("boot"));
		mark.write();
		writeFileSync(path("boot"), id);
		expect(new DeathMark(path("run"), path("boot")).read()).toMatch(/was started again/);
	});

	it("is not made in a folder that others may write to", () => {
		mkdirSync(path("open"));
		chmodSync(path("open"), 0o777);
		expect(() => new DeathMark(path("open"))).toThrow(/^others may write to /);
		symlinkSync(path("run"), path("link"));
		mkdirSync(path("run"));
		expect(() => new DeathMark(path("link"))).toThrow(/is not a folder/);
	});

	it("is the owner's alone, replaces a longer one, and leaves nothing open", () => {
		const mark = new DeathMark(path("run"));
		const file = join(path("run"), "policy-changed");
		writeFileSync(file, "x".repeat(200), { mode: 0o600 });
		const open = readdirSync("/proc/self/fd").length;
		for (let i = 0; i < 20; i++) mark.write();
		expect(readdirSync("/proc/self/fd").length).toBeLessThan(open + 10);
		expect(readFileSync(file, "latin1")).toMatch(/^[0-9a-f-]{36}\n$/);
		expect(statSync(path("run")).mode & 0o777).toBe(0o700);
		rmSync(file);
		mark.write();
		expect(statSync(file).mode & 0o777).toBe(0o600);
	});

	it("that cannot be read denies", () => {
		const mark = new DeathMark(path("run"));
		mkdirSync(join(path("run"), "policy-changed"));
		expect(mark.read()).toMatch(/cannot be read/);
		expect(() => mark.write()).toThrow(/EISDIR/);
	});

	it("is not written through a link, nor below a file", () => {
		const mark = new DeathMark(path("run"));
		symlinkSync(path("elsewhere"), join(path("run"), "policy-changed"));
		expect(() => mark.write()).toThrow(/ELOOP/);
		writeFileSync(path("file"), "");
		expect(() => new DeathMark(path("file"))).toThrow();
	});
});

describe("the initdata device", () => {
	const disks: Readonly<Record<string, string>> = {
		vda: "a file system",
		vdb: "initdat",
		vdc: "initdata and more",
		sda: "initdata",
		vdaa: "initdata",
		vdd: "initdata",
		vde: "initdata",
		vdf: "initdata",
		vdc1: "initdata",
		nvme0n1: "initdata",
	};
	const dev = (...names: readonly string[]): string => {
		for (const n of names) writeFileSync(path(n), disks[n] ?? "");
		return folder;
	};
	const rows = [
		{ note: "the first disk that begins with the magic", names: ["vda", "vdb", "vdc", "vdaa"], want: "vdc" },
		{ note: "whatever order a folder has them in", names: ["vdf", "vde", "vdd", "vdc", "vdaa"], want: "vdc" },
		{ note: "or the other way round", names: ["vdaa", "vdc", "vdd", "vde", "vdf"], want: "vdc" },
		{ note: "SCSI disks, too", names: ["vda", "sda"], want: "sda" },
		{ note: "no partitions, no other disks", names: ["vdc1", "nvme0n1"], want: undefined },
		{ note: "none", names: ["vda", "vdb"], want: undefined },
	];
	for (const r of rows) {
		it(r.note, () => {
			const want = r.want === undefined ? undefined : path(r.want);
			expect(findInitdataDevice(dev(...r.names), () => true)).toBe(want);
		});
	}

	it("is a block device and no file of that name", () => {
		expect(findInitdataDevice(dev("vdc"))).toBeUndefined();
	});

	it("that is withheld in a TEE is noticed", () => {
		const zeros = "00".repeat(32);
		const of = (expect_: string): ReturnType<typeof chooseDigest> =>
			chooseDigest({ expect: expect_, of: undefined, tee: "snp", inInitdata: false, withoutInitdata: true });
		const without = of(zeros).requirement;
		if (without === "off") throw new Error("it is checked");
		checkDigest("x := 1", undefined, without);
		expect(() => checkDigest("x := 1", undefined, { ...without, expected: hexDigest(`01${zeros.slice(2)}`) })).toThrow(
			/^digest: there is no initdata, but .* says 0100.*: it is withheld/,
		);
	});
});

describe("log lines", () => {
	it("are cut, fields and lists", () => {
		const lines: string[] = [];
		const log = jsonLog((line) => void lines.push(line), "info");
		const long = "x".repeat(1 << 20);
		log("warn", "m", { why: long, errors: Array.from({ length: 5000 }, () => long), few: ["a", "b"], n: 1 });
		expect(lines[0]?.length).toBeLessThan(3000);
		expect(JSON.parse(lines[0] ?? "")).toMatchObject({ few: ["a", "b"], n: 1, errors: ["… and 5000 more"] });
	});

	it("are nothing but printable text and one end of a line each", () => {
		const lines: string[] = [];
		const log = jsonLog((line) => void lines.push(line), "info");
		const odd = "\u001b[2J\u009b31m\u007f\u202e\u2028\u200b\ufeff\u0000\n\u{e0041}";
		log("warn", odd, { why: odd, [odd]: [odd] });
		expect(lines[0]).toMatch(/^[\x20-\x7e]+\n$/);
		expect(JSON.parse(lines[0] ?? "")).toMatchObject({ message: odd, why: odd, [odd]: [odd] });
	});

	it("do not wait for a reader, and what is lost is counted", async () => {
		const fifo = path("fifo");
		execFileSync("mkfifo", [fifo]);
		// Both ends, so that it opens; nobody reads.
		const fd = openSync(fifo, "r+");
		const write = lineWriter(fd);
		const log = jsonLog(write, "info", 1_000_000);
		for (let i = 0; i < 20_000; i++) log("info", "a line of some length", { i });
		await new Promise((r) => setTimeout(r, 1100));
		const reader = spawn("cat", [fifo], { stdio: ["ignore", "pipe", "ignore"] });
		let text = "";
		reader.stdout.on("data", (d: Buffer) => (text += d.toString()));
		// What the pipe holds, and what was kept beside it.
		await eventually(() => text.length > 130_000);
		log("info", "later");
		await eventually(() => text.includes('"log lines left out"') && text.includes('"later"'));
		for (const line of text.trim().split("\n")) JSON.parse(line);
		const lost = Number(/"log lines left out","lines":(\d+)/.exec(text)?.[1]);
		expect(lost + (text.match(/of some length/g) ?? []).length).toBe(20_000);
		reader.kill("SIGKILL");
		closeSync(fd);
	});

	it("to a file are written as they come", () => {
		const fd = openSync(path("log"), "w");
		lineWriter(fd)("one\n");
		lineWriter(fd)("two\n");
		expect(readFileSync(path("log"), "utf8")).toBe("one\ntwo\n");
		closeSync(fd);
	});
});
