/**
 * A mark in the runtime folder that the policy or its state is no longer what the image begins with. A
 * gate that dies and is started again would have neither: with the mark there it denies everything, so
 * that a death, which a host may be able to bring about, never allows what was denied before.
 *
 * The mark names the boot it was made in. A folder that outlives the guest's memory, and with it the agent
 * and its containers, does not keep the next boot from working.
 */
import { closeSync, constants, fsyncSync, lstatSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { codeOf, messageOf } from "../../thrown.ts";

const bootIdFile = "/proc/sys/kernel/random/boot_id";
const unknownBoot = "unknown";
/** What the kernel gives. */
const bootForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class DeathMark {
	readonly #path: string;
	/** Of this boot, from the kernel; read at the start, because later there may be no descriptor left to read it with. */
	readonly #boot: string;

	/** Makes the folder where it is not there. Throws where it cannot be used. */
	constructor(folder: string, bootFile: string = bootIdFile) {
		this.#boot = bootId(bootFile);
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		const info = lstatSync(folder);
		if (!info.isDirectory()) throw new Error(`${folder} is not a folder`);
		// Who may write there may remove the mark.
		const isOurs = info.uid === 0 || info.uid === process.getuid?.();
		if (!isOurs || (info.mode & 0o022) !== 0) throw new Error(`others may write to ${folder}`);
		this.#path = join(folder, "policy-changed");
	}

	/** Why nothing may be allowed any more; undefined where no mark of this boot is there. */
	read(): string | undefined {
		let text: string;
		try {
			// A pipe would be waited for.
			if (!lstatSync(this.#path).isFile()) throw new Error("it is not a file");
			text = readFileSync(this.#path, "latin1").trim();
		} catch (e) {
			if (codeOf(e) === "ENOENT") return undefined;
			return `${this.#path} cannot be read: ${messageOf(e)}`;
		}
		// Whatever does not say that it is of another boot is taken for one of this.
		const boot = this.#boot;
		const saysAnother = bootForm.test(text) && text !== boot;
		if (saysAnother && boot !== unknownBoot) return undefined;
		return "the gate was started again after its policy or state had changed, which are lost";
	}

	/** Throws where it cannot be made: the change it is for must not be made either. */
	write(): void {
		const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
		const fd = openSync(this.#path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
		try {
			writeSync(fd, `${this.#boot}\n`);
			fsyncSync(fd);
		} finally {
			closeSync(fd);
		}
	}
}

function bootId(file: string): string {
	try {
		const id = readFileSync(file, "latin1").trim();
		return bootForm.test(id) ? id : unknownBoot;
	} catch {
		return unknownBoot;
	}
}
