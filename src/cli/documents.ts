/** Paths as the command line gives them. */

/** `file://` addresses as paths; other addresses are refused. */
export function cleanPath(path: string): string {
	if (!path.includes("://")) return path;
	const address = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/[^/?#]*([^?#]*)/.exec(path);
	if (address?.[1] !== "file") throw new Error(`unsupported URL scheme: ${path}`);
	return decodeURIComponent(address[2] ?? "");
}
