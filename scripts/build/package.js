/**
 * The folder that is packed and published: dist/package, with the files that package.json lists and a package.json for
 * those who install it. Commands, tools and permissions of a checkout are of no use to them; a `prepare` among them has
 * npm warn of scripts that run at installation, of which there are none.
 *
 *     npm pack ./dist/package
 */
import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What npm takes whether it is listed or not. */
const always = ["README.md", "LICENSE"];

const ofCheckouts = ["private", "scripts", "devDependencies", "allowScripts"];

/** `built` is where dist is while it is made. */
export function writePackage(built, folder) {
	const manifest = JSON.parse(readFileSync("package.json", "utf8"));
	const left = manifest.files.filter((f) => f.startsWith("!")).map((f) => f.slice(1));
	const listed = [...always, ...manifest.files.filter((f) => !f.startsWith("!"))].flatMap((f) => filesOf(f, built));
	for (const file of listed) {
		if (left.some((pattern) => matches(pattern, file))) continue;
		const to = join(folder, file);
		mkdirSync(dirname(to), { recursive: true });
		sameFile(place(file, built), to);
	}
	const published = Object.entries(manifest).filter(([name]) => !ofCheckouts.includes(name));
	writeFileSync(join(folder, "package.json"), `${JSON.stringify(Object.fromEntries(published), null, 2)}\n`);
}

/** Where a file of the package is found. */
function place(file, built) {
	return file.startsWith("dist/") ? join(built, file.slice("dist/".length)) : file;
}

/** The files of an entry of `files`: one, those of a folder, or of a pattern in its last part. */
function filesOf(listed, built) {
	if (listed.includes("*")) {
		const folder = dirname(listed);
		return readdirSync(place(folder, built))
			.map((name) => `${folder}/${name}`)
			.filter((file) => matches(listed, file));
	}
	const at = place(listed, built);
	if (!statSync(at).isDirectory()) return [listed];
	return readdirSync(at).flatMap((name) => filesOf(`${listed}/${name}`, built));
}

function matches(pattern, file) {
	const parts = pattern.split("*").map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
	return new RegExp(`^${parts.join("[^/]*")}$`).test(file);
}

/** Files of dist are not kept twice. */
function sameFile(from, to) {
	try {
		linkSync(from, to);
	} catch {
		copyFileSync(from, to);
	}
}
