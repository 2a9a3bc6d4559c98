/**
 * Finds the initdata device as Kata's agent does: the first disk (`/dev/vd*`, `/dev/sd*`) that begins with
 * the magic. No udev is needed, whose names lean images do not have.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { initdataMagic } from "./initdata.ts";

const disk = /^(?:vd|sd)[a-z]+$/;

/** The device's path, or undefined where no disk holds initdata. */
export function findInitdataDevice(
	folder = "/dev",
	isDisk: (fd: number) => boolean = isBlockDevice,
): string | undefined {
	const names = readdirSync(folder).filter((n) => disk.test(n));
	// vda before vdb before vdaa.
	names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
	return names.map((n) => join(folder, n)).find((path) => beginsWithMagic(path, isDisk));
}

function isBlockDevice(fd: number): boolean {
	return fstatSync(fd).isBlockDevice();
}

function beginsWithMagic(path: string, isDisk: (fd: number) => boolean): boolean {
	let fd: number;
	try {
		fd = openSync(path, "r");
	} catch {
		return false;
	}
	try {
		const head = Buffer.alloc(initdataMagic.length);
		return isDisk(fd) && readSync(fd, head, 0, head.length, 0) === head.length && head.equals(initdataMagic);
	} catch {
		return false;
	} finally {
		closeSync(fd);
	}
}
