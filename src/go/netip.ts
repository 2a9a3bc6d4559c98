/**
 * What is wrong with the address in a URL's brackets, in the words of Go's net/netip and net/url.
 * Only the texts live here; addresses as values are ip.ts.
 */
import { quoteGo } from "../value/term-text.ts";
import { fromByteString } from "./byte-string.ts";

/** Go's complaint about an address (a byte string) that must be IPv6, or undefined. */
export function ipv6Problem(text: string): string | undefined {
	const problem = (message: string, at = ""): string => {
		const where = at === "" ? "" : ` (at ${quoteGo(fromByteString(at))})`;
		return `invalid host: ParseAddr(${quoteGo(fromByteString(text))}): ${message}${where}`;
	};
	const kind = /[.:%]/.exec(text)?.[0];
	if (kind === undefined) return problem("unable to parse IP");
	if (kind === "%") return problem("missing IPv6 address");
	if (kind === ".") {
		const p = ipv4Problem(text);
		return p === undefined ? "invalid IP-literal" : problem(...p);
	}
	const percent = text.indexOf("%");
	if (percent === text.length - 1) return problem("zone must be a non-empty string");
	const p = groupsProblem(percent < 0 ? text : text.slice(0, percent));
	return p === undefined ? undefined : problem(...p);
}

type Problem = readonly [message: string, at?: string];

function ipv4Problem(s: string): Problem | undefined {
	let value = 0;
	let dots = 0;
	let digits = 0;
	for (let i = 0; i < s.length; i++) {
		const c = s.charAt(i);
		if (c >= "0" && c <= "9") {
			if (digits === 1 && value === 0) return ["IPv4 field has octet with leading zero"];
			value = value * 10 + Number(c);
			digits++;
			if (value > 255) return ["IPv4 field has value >255"];
		} else if (c === ".") {
			if (i === 0 || i === s.length - 1 || s[i - 1] === ".") {
				return ["IPv4 field must have at least one digit", s.slice(i)];
			}
			if (dots === 3) return ["IPv4 address too long"];
			dots++;
			value = 0;
			digits = 0;
		} else return ["unexpected character", s.slice(i)];
	}
	return dots < 3 ? ["IPv4 address too short"] : undefined;
}

function groupsProblem(text: string): Problem | undefined {
	let s = text;
	let bytes = 0;
	let ellipsis = false;
	if (s.startsWith("::")) {
		ellipsis = true;
		s = s.slice(2);
		if (s === "") return undefined;
	}
	while (bytes < 16) {
		const digits = /^[0-9A-Fa-f]*/.exec(s)?.[0] ?? "";
		if (digits.length > 4) return ["each group must have 4 or less digits", s];
		if (digits === "") return ["each colon-separated field must have at least one digit", s];
		if (s[digits.length] === ".") {
			if (!ellipsis && bytes !== 12) {
				return ["embedded IPv4 address must replace the final 2 fields of the address", s];
			}
			if (bytes + 4 > 16) return ["too many hex fields to fit an embedded IPv4 at the end of the address", s];
			const p = ipv4Problem(s);
			if (p !== undefined) return p;
			s = "";
			bytes += 4;
			break;
		}
		bytes += 2;
		s = s.slice(digits.length);
		if (s === "") break;
		if (s[0] !== ":") return ["unexpected character, want colon", s];
		if (s.length === 1) return ["colon must be followed by more characters", s];
		s = s.slice(1);
		if (s[0] === ":") {
			if (ellipsis) return ["multiple :: in address", s];
			ellipsis = true;
			s = s.slice(1);
			if (s === "") break;
		}
	}
	if (s !== "") return ["trailing garbage after address", s];
	if (bytes < 16) return ellipsis ? undefined : ["address string too short"];
	return ellipsis ? ["the :: must expand to at least one field of zeros"] : undefined;
}
