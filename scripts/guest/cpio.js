/** Writes the archive a Linux kernel unpacks as its first root: cpio's "newc" format. */

/** entries: { path, mode, data? } in an order in which folders come before what is in them. */
export function cpio(entries) {
	const parts = [];
	let ino = 1;
	const add = (path, mode, data) => {
		const name = Buffer.from(`${path}\0`);
		const fields = [ino++, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
		const header = Buffer.from(`070701${fields.map((n) => n.toString(16).padStart(8, "0")).join("")}`);
		parts.push(pad(Buffer.concat([header, name])), pad(data));
	};
	for (const { path, mode, data } of entries) add(path, mode, data ?? Buffer.alloc(0));
	add("TRAILER!!!", 0, Buffer.alloc(0));
	return Buffer.concat(parts);
}

function pad(b) {
	const rest = b.length % 4;
	return rest === 0 ? b : Buffer.concat([b, Buffer.alloc(4 - rest)]);
}
