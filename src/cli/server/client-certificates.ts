/** The certificate a client has shown, as Go describes it: its subject's name, and the chain as OPA gives it to policies. */
import type { TLSSocket } from "node:tls";
import { parseCertificate } from "../../builtins/crypto/certificate.ts";
import { certificateToValue } from "../../builtins/crypto/certificate-json.ts";
import { lookUp } from "../../documents/merge-data.ts";
import type { ClientCertificates } from "../../server/incoming.ts";
import { isArray, type Value } from "../../value/value.ts";

/** What connections have shown: a client shows one chain, once, for all its requests. */
const known = new WeakMap<TLSSocket, ClientCertificates>();

/** Undefined where none was shown, or none that was trusted. */
export function clientCertificates(socket: TLSSocket): ClientCertificates | undefined {
	const shown = known.get(socket) ?? readCertificates(socket);
	if (shown !== undefined) known.set(socket, shown);
	return shown;
}

function readCertificates(socket: TLSSocket): ClientCertificates | undefined {
	if (!socket.authorized) return undefined;
	const chain: Value[] = [];
	const seen = new Set<string>();
	let certificate: ReturnType<TLSSocket["getPeerCertificate"]> | undefined = socket.getPeerCertificate(true);
	while (certificate?.raw !== undefined && !seen.has(certificate.fingerprint256)) {
		seen.add(certificate.fingerprint256);
		chain.push(certificateToValue(parseCertificate(certificate.raw)));
		certificate = "issuerCertificate" in certificate ? issuerOf(certificate) : undefined;
	}
	const subject = chain[0] === undefined ? undefined : lookUp(chain[0], ["Subject"]);
	return subject === undefined ? undefined : { subject: subjectText(subject), chain };
}

function issuerOf(certificate: ReturnType<TLSSocket["getPeerCertificate"]>) {
	const { issuerCertificate } = { issuerCertificate: undefined, ...certificate };
	return issuerCertificate;
}

/** Parts of a name, in the order in which Go writes them from the back. */
const parts = [
	["SERIALNUMBER", "SerialNumber"],
	["CN", "CommonName"],
	["POSTALCODE", "PostalCode"],
	["STREET", "StreetAddress"],
	["ST", "Province"],
	["L", "Locality"],
	["OU", "OrganizationalUnit"],
	["O", "Organization"],
	["C", "Country"],
] as const;

/** `CN=client,O=Example`, as Go's RDNSequence. */
export function subjectText(subject: Value): string {
	const texts: string[] = [];
	for (const [short, field] of parts) {
		const v = lookUp(subject, [field]) ?? null;
		const values = isArray(v) ? v : v === null || v === "" ? [] : [v];
		if (values.length > 0) texts.push(values.map((x) => `${short}=${escaped(String(x))}`).join("+"));
	}
	return texts.join(",");
}

function escaped(text: string): string {
	return text
		.replace(/[,+"\\<>;]/g, "\\$&")
		.replace(/^[# ]/, "\\$&")
		.replace(/(?<!\\) $/, "\\ ");
}
