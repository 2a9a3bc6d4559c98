/** The licences of the packages whose code is in dist. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of the package a file belongs to. */
const packageOf = (file) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0];

export function writeNotices(outfile, files) {
	const folders = [...new Set(files.map(packageOf).filter((f) => f !== undefined))].sort();
	const notices = folders.map((folder) => {
		const { name, version, license, homepage } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
		const texts = readdirSync(folder)
			.filter((f) => /^(?:licen[cs]e|notice)/i.test(f))
			.sort()
			.map((f) => readFileSync(join(folder, f), "utf8").trim());
		if (texts.length === 0) texts.push(knownTexts(license, name));
		const place = homepage === undefined ? "" : `\n\n${homepage}`;
		return `## ${name} ${version} (${license})${place}\n\n${texts.map((t) => `\`\`\`\n${t}\n\`\`\``).join("\n\n")}\n`;
	});
	const head = "# Third-party notices\n\nCode of these packages is part of the files in dist.\n\n";
	writeFileSync(outfile, head + notices.join("\n"));
}

/** A package that names a licence and does not bring its text. */
function knownTexts(license, name) {
	if (/^(?:\(?Apache-2\.0\b)/.test(license) && existsSync("LICENSE"))
		return "Apache License 2.0: see the file LICENSE.";
	throw new Error(`${name} has no text of its licence, ${license}`);
}
