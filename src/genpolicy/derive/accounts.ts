/**
 * /etc/passwd and /etc/group of an image: who a number is, and which groups a name is in. Kata's generator makes
 * nothing of a file with a line it does not expect; a container's runtime passes over the line.
 */
import type { AccountFiles } from "../image/image.ts";

interface User {
	readonly name: string;
	readonly uid: number;
	readonly gid: number;
}

interface Group {
	readonly name: string;
	readonly gid: number;
	readonly members: readonly string[];
}

export interface Accounts {
	gidOfUid(uid: number): number | undefined;
	userOfName(name: string): User | undefined;
	gidOfGroup(name: string): number | undefined;
	/** Groups that name the user among their members, but for a group of the user's own name. */
	groupsOfUid(uid: number): readonly number[];
	/** Lines that are no records, as `/etc/passwd:5`. */
	readonly badLines: readonly string[];
	/** Lines with an id that is no number, on which Kata's generator ends. */
	readonly fatalLines: readonly string[];
}

export interface AccountOptions {
	/** A bad line makes the whole file useless. */
	readonly strict: boolean;
}

export function readAccounts(files: AccountFiles, { strict }: AccountOptions): Accounts {
	const bad: BadLines = { badLines: [], fatalLines: [] };
	const users = records(files.passwd, "/etc/passwd", 7, strict, bad).flatMap(([name, , uid, gid]) => {
		const numbers = [idOf(uid), idOf(gid)];
		return numbers[0] === undefined || numbers[1] === undefined
			? []
			: [{ name: name ?? "", uid: numbers[0], gid: numbers[1] }];
	});
	const groups = records(files.group, "/etc/group", 4, strict, bad).flatMap(
		([name = "", , number, members = ""]): readonly Group[] => {
			const gid = idOf(number);
			return gid === undefined ? [] : [{ name, gid, members: members === "" ? [] : members.split(",") }];
		},
	);
	return {
		...bad,
		gidOfUid: (uid) => users.find((u) => u.uid === uid)?.gid,
		userOfName: (name) => users.find((u) => u.name === name),
		gidOfGroup: (name) => groups.find((g) => g.name === name)?.gid,
		groupsOfUid: (uid) => {
			const name = users.find((u) => u.uid === uid)?.name;
			if (name === undefined) return [];
			// A group of the user's own name is left out: containerd leaves it out, too.
			return groups.filter((g) => g.members.includes(name) && g.name !== name).map((g) => g.gid);
		},
	};
}

interface BadLines {
	readonly badLines: string[];
	readonly fatalLines: string[];
}

/** Records of a file; of a file with a bad line none where that counts. */
function records(
	text: string | undefined,
	file: string,
	count: number,
	strict: boolean,
	{ badLines, fatalLines }: BadLines,
): readonly (readonly string[])[] {
	if (text === undefined || text === "") return [];
	const found: (readonly string[])[] = [];
	let useless = false;
	for (const [i, line] of text.replace(/\n$/, "").split("\n").entries()) {
		const fields = line.replace(/\r$/, "").split(":");
		// A user's third and fourth field are numbers, a group's third.
		const numbers = fields.slice(2, count === 7 ? 4 : 3);
		if (fields.length === count && numbers.every((n) => idOf(n) !== undefined)) {
			found.push(fields);
			continue;
		}
		const place = `${file}:${i + 1}`;
		badLines.push(place);
		if (fields.length === count && !useless) fatalLines.push(place);
		useless = true;
	}
	return useless && strict ? [] : found;
}

/** The id of a user or a group: 32 bits, as Rust reads them. */
export function idOf(text: string | undefined): number | undefined {
	if (text === undefined || !/^\+?[0-9]{1,20}$/.test(text)) return undefined;
	const n = Number(text);
	return n <= 0xffff_ffff ? n : undefined;
}
