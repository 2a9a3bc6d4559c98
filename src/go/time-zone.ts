import { valueAt } from "../at.ts"; /**
 * Time zones through Intl: the offset and the abbreviation of an IANA zone at an instant. The host's
 * zone data is used; only what Intl does not tell is here, the tz database's abbreviations, which
 * follow from CLDR's English zone names (zones without a name of their own print their offset).
 *
 * Known limits: before 1970, where zone files disagree between builds, offsets are the host's;
 * abbreviations of a few zones that changed names in the 1970s are the modern ones.
 */
export interface Zone {
	/** As the user wrote it; "UTC" for "" too. */
	readonly name: string;
	/** Seconds east of UTC at a Unix second. */
	offsetAt(unixSeconds: number): number;
	/** The abbreviation in force, e.g. `CET` or `+0530`. */
	abbreviationAt(unixSeconds: number): string;
}

export const utc: Zone = { name: "UTC", offsetAt: () => 0, abbreviationAt: () => "UTC" };

const known: Map<string, Zone | undefined> = new Map();
/** Names come from policies and inputs: remember a bounded number of them. */
const maxKnown = 1000;

/** A zone by IANA name; "Local" is the host's. Undefined when the host does not know it. */
export function findZone(name: string): Zone | undefined {
	if (name === "" || name === "UTC") return utc;
	if (known.has(name)) return known.get(name);
	if (known.size >= maxKnown) known.clear();
	const zone = makeZone(name);
	known.set(name, zone);
	return zone;
}

function makeZone(name: string): Zone | undefined {
	const id = name === "Local" ? Intl.DateTimeFormat().resolvedOptions().timeZone : name;
	if (name !== "Local" && !looksLikeZone(name)) return undefined;
	try {
		return new IntlZone(name, id);
	} catch {
		return undefined;
	}
}

/** Names that ICU adds to those of the time zone database. */
const icuOnly =
	/^(?:ACT|AET|AGT|ART|AST|BET|BST|CAT|CNT|CST|CTT|EAT|ECT|IET|IST|JST|MIT|NET|NST|PLT|PNT|PRT|PST|SST|VST|SystemV\/.*|US\/Pacific-New)$/;

/**
 * Zone names are file names to Go, so case matters, while Intl ignores it and also takes offsets
 * such as `+05:30`. Every word of a zone name starts with a capital or is one of a few small ones.
 */
function looksLikeZone(name: string): boolean {
	if (name.length > 64 || !/^[A-Z][A-Za-z0-9+-]*(?:[/_-][A-Za-z0-9+-]+)*$/.test(name)) return false;
	if (icuOnly.test(name)) return false;
	for (const word of name.split(/[/_-]/)) {
		if (/^[a-z]/.test(word) && !["of", "es", "au"].includes(word)) return false;
		if (/^[A-Z]{5,}$/.test(word)) return false;
	}
	// All capitals only in the old names of countries and zones, which have no region before them.
	return !/^[A-Z]{2,}\//.test(name) || name.startsWith("US/");
}

/** Seconds: of all zones that there are, none has changed its clocks twice within four days. */
const span = 1 << 18;
const maxSpans = 4096;

/**
 * What changes with the clocks of a zone, which the host is slow to tell: where it is the same at both ends of a span,
 * it is so all along.
 */
class Steady<T> {
	readonly #find: (unixSeconds: number) => T;
	/** By number of the span: at its begin. */
	readonly #known: Map<number, T> = new Map();
	#lastSecond = Number.NaN;
	#last: T | undefined;

	constructor(find: (unixSeconds: number) => T) {
		this.#find = find;
	}

	at(unixSeconds: number): T {
		if (unixSeconds === this.#lastSecond && this.#last !== undefined) return this.#last;
		const n = Math.floor(unixSeconds / span);
		const begin = this.#begin(n);
		const found = this.#begin(n + 1) === begin ? begin : this.#find(unixSeconds);
		this.#lastSecond = unixSeconds;
		this.#last = found;
		return found;
	}

	#begin(n: number): T {
		let known = this.#known.get(n);
		if (known === undefined) {
			known = this.#find(n * span);
			if (this.#known.size >= maxSpans) this.#known.clear();
			this.#known.set(n, known);
		}
		return known;
	}
}

class IntlZone implements Zone {
	readonly name: string;
	readonly #id: string;
	readonly #clock: Intl.DateTimeFormat;
	#names: Intl.DateTimeFormat | undefined;
	readonly #offsets: Steady<number> = new Steady((at) => this.#offsetOf(at));
	readonly #abbreviations: Steady<string> = new Steady((at) => this.#abbreviationOf(at));

	constructor(name: string, id: string) {
		this.name = name;
		this.#id = id;
		this.#clock = new Intl.DateTimeFormat("en-US", {
			timeZone: id,
			calendar: "gregory",
			numberingSystem: "latn",
			hourCycle: "h23",
			year: "numeric",
			month: "numeric",
			day: "numeric",
			hour: "numeric",
			minute: "numeric",
			second: "numeric",
		});
	}

	offsetAt(unixSeconds: number): number {
		return this.#offsets.at(unixSeconds);
	}

	abbreviationAt(unixSeconds: number): string {
		return this.#abbreviations.at(unixSeconds);
	}

	#offsetOf(unixSeconds: number): number {
		const f: Record<string, number> = {};
		for (const p of this.#clock.formatToParts(unixSeconds * 1000)) f[p.type] = Number(p.value);
		const wall = Date.UTC(valueAt(f, "year"), valueAt(f, "month") - 1, f["day"], f["hour"], f["minute"], f["second"]);
		return wall / 1000 - unixSeconds;
	}

	#abbreviationOf(unixSeconds: number): string {
		const offset = this.offsetAt(unixSeconds);
		const fixed = ownAbbreviation(this.#id, offset, unixSeconds);
		if (fixed !== undefined) return fixed;
		if (offset % 60 !== 0) return "LMT";
		let short = abbreviations.get(this.#longName(unixSeconds));
		if (short === undefined && unixSeconds < firstNamed) {
			// CLDR names few zones this early: take the later name of the same offset.
			const later = laterInstants.find((at) => this.offsetAt(at) === offset);
			if (later !== undefined) short = abbreviations.get(this.#longName(later));
		}
		return short ?? numericAbbreviation(offset);
	}

	#longName(unixSeconds: number): string {
		this.#names ??= new Intl.DateTimeFormat("en-US", { timeZone: this.#id, timeZoneName: "long" });
		return this.#names.formatToParts(unixSeconds * 1000).find((p) => p.type === "timeZoneName")?.value ?? "";
	}
}

/** 1975-01-01, after which CLDR's names are good; and a winter and a summer of 1995 and 2020. */
const firstNamed = 157_766_400;
const laterInstants: readonly number[] = [1_579_089_600, 1_594_814_400, 790_171_200, 805_809_600];

/** 2000-12-23, when Guam time got its name of today. */
const chamorroTime = 977_493_600;

/** Zones whose abbreviations differ from those of their CLDR names. */
function ownAbbreviation(id: string, offset: number, unixSeconds: number): string | undefined {
	if (/^(?:Etc\/)?(?:GMT(?:[+-]?0)?|Greenwich)$/.test(id)) return "GMT";
	if (/^(?:Etc\/)?(?:UTC|UCT|Universal|Zulu)$/.test(id)) return "UTC";
	if (id.startsWith("Etc/")) return numericAbbreviation(offset);
	if (/^Africa\/(?:Casablanca|El_Aaiun)$|^Asia\/(?:Colombo|Thim(?:bu|phu)|Dili)$/.test(id))
		return numericAbbreviation(offset);
	if (/^Antarctica\/(?:Casey|Troll|Vostok)$/.test(id)) return offset === 0 ? "+00" : numericAbbreviation(offset);
	if (/^Europe\/(?:Minsk|Samara|Astrakhan|Saratov|Ulyanovsk)$/.test(id) && offset >= 10800)
		return numericAbbreviation(offset);
	if (/^Pacific\/(?:Guam|Saipan)$/.test(id) && unixSeconds < chamorroTime && offset === 36000) return "GST";
	return named.get(`${id} ${offset}`);
}

const named: ReadonlyMap<string, string> = new Map([
	["MET 3600", "MET"],
	["MET 7200", "MEST"],
	["Europe/Kirov 10800", "MSK"],
	["Europe/Kirov 14400", "MSD"],
	["Europe/Volgograd 10800", "MSK"],
	["Europe/Volgograd 14400", "MSD"],
	["Europe/Guernsey 3600", "BST"],
	["Europe/Jersey 3600", "BST"],
	["Europe/Isle_of_Man 3600", "BST"],
	["Africa/Windhoek 7200", "CAT"],
	["Pacific/Pago_Pago -39600", "SST"],
	["Pacific/Midway -39600", "SST"],
	["US/Samoa -39600", "SST"],
]);

function numericAbbreviation(offset: number): string {
	const minutes = Math.floor(Math.abs(offset) / 60);
	const hh = String(Math.floor(minutes / 60)).padStart(2, "0");
	const mm = minutes % 60 === 0 ? "" : String(minutes % 60).padStart(2, "0");
	return `${offset < 0 ? "-" : "+"}${hh}${mm}`;
}

/** CLDR's English long name of a zone at an instant → the tz database's abbreviation. */
const abbreviations: ReadonlyMap<string, string> = new Map([
	["Alaska Daylight Time", "AKDT"],
	["Alaska Standard Time", "AKST"],
	["American Samoa Standard Time", "SST"],
	["Atlantic Daylight Time", "ADT"],
	["Atlantic Standard Time", "AST"],
	["Australian Central Daylight Time", "ACDT"],
	["Australian Central Standard Time", "ACST"],
	["Australian Eastern Daylight Time", "AEDT"],
	["Australian Eastern Standard Time", "AEST"],
	["Australian Western Daylight Time", "AWDT"],
	["Australian Western Standard Time", "AWST"],
	["British Summer Time", "BST"],
	["Central Africa Time", "CAT"],
	["Central Daylight Time", "CDT"],
	["Central European Standard Time", "CET"],
	["Central European Summer Time", "CEST"],
	["Central Indonesia Time", "WITA"],
	["Central Standard Time", "CST"],
	["Chamorro Standard Time", "ChST"],
	["China Daylight Time", "CDT"],
	["China Standard Time", "CST"],
	["Coordinated Universal Time", "UTC"],
	["Cuba Daylight Time", "CDT"],
	["Cuba Standard Time", "CST"],
	["East Africa Time", "EAT"],
	["Eastern Daylight Time", "EDT"],
	["Eastern European Standard Time", "EET"],
	["Eastern European Summer Time", "EEST"],
	["Eastern Indonesia Time", "WIT"],
	["Eastern Standard Time", "EST"],
	["Greenwich Mean Time", "GMT"],
	["Hawaii-Aleutian Daylight Time", "HDT"],
	["Hawaii-Aleutian Standard Time", "HST"],
	["Hong Kong Standard Time", "HKT"],
	["Hong Kong Summer Time", "HKST"],
	["India Standard Time", "IST"],
	["Irish Standard Time", "IST"],
	["Israel Daylight Time", "IDT"],
	["Israel Standard Time", "IST"],
	["Japan Standard Time", "JST"],
	["Korean Daylight Time", "KDT"],
	["Korean Standard Time", "KST"],
	["North Korea Time", "KST"],
	["Macao Standard Time", "CST"],
	["Macao Summer Time", "CDT"],
	["Mexican Pacific Daylight Time", "MDT"],
	["Mexican Pacific Standard Time", "MST"],
	["Moscow Standard Time", "MSK"],
	["Moscow Summer Time", "MSD"],
	["Mountain Daylight Time", "MDT"],
	["Mountain Standard Time", "MST"],
	["New Zealand Daylight Time", "NZDT"],
	["New Zealand Standard Time", "NZST"],
	["Newfoundland Daylight Time", "NDT"],
	["Newfoundland Standard Time", "NST"],
	["Pacific Daylight Time", "PDT"],
	["Pacific Standard Time", "PST"],
	["Pakistan Standard Time", "PKT"],
	["Pakistan Summer Time", "PKST"],
	["Philippine Standard Time", "PST"],
	["Philippine Summer Time", "PDT"],
	["South Africa Standard Time", "SAST"],
	["Taiwan Daylight Time", "CDT"],
	["Taiwan Standard Time", "CST"],
	["West Africa Time", "WAT"],
	["Western European Standard Time", "WET"],
	["Western European Summer Time", "WEST"],
	["Western Indonesia Time", "WIB"],
	["Yukon Time", "MST"],
]);
