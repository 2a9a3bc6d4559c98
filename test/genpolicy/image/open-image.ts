/**
 * Opens an image of a registry in a process of its own, and prints what it saw and its largest memory, in MiB:
 * `open-image.ts REFERENCE [INSECURE_REGISTRY]`.
 */
import { Images } from "../../../src/genpolicy/image/images.ts";

const [reference = "", ...insecureRegistries] = process.argv.slice(2);
const images = new Images({ insecureRegistries, env: {} });
const lines: string[] = [];
const { accounts } = await images.open(reference, { onProgress: (line) => lines.push(line) });
const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(JSON.stringify({ passwd: accounts.passwd, megabytes, progress: lines.at(-1) }));
