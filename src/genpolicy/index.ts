/**
 * Policies for Kata's agent from Kubernetes manifests. Needs Node; `rego agent genpolicy` is the same behind a command
 * line.
 *
 *     const { yaml, documents, diagnostics } = await generatePolicies(manifest, {
 *         settings: readSettings("genpolicy-settings.json"),
 *         rules: readFileSync("rules.rego", "utf8"),
 *         images: new Images({ local: ["images"] }),
 *     });
 */
export type { InitdataContent } from "../agent/policy/initdata-text.ts";
export { type Generated, type GeneratedDocument, type GenerateOptions, generatePolicies } from "./generate.ts";
export {
	type AccountFiles,
	type Image,
	type ImageConfig,
	ImageError,
	type ImageErrorCode,
	type ImageLayer,
	type ImageSource,
	type OpenOptions,
} from "./image/image.ts";
export { Images, type ImagesOptions } from "./image/images.ts";
export type { Credentials } from "./image/registry/docker-config.ts";
export type { HttpTimes } from "./image/registry/http.ts";
export { InitdataFileError, parseInitdataFile } from "./initdata-file.ts";
export { type Diagnostic, diagnosticText, type Severity } from "./problem.ts";
export type { Setting, SettingsShapes } from "./settings/fields.ts";
export { readSettings } from "./settings/files.ts";
export { parseSettings, type Settings, SettingsError, type TextFile } from "./settings/settings.ts";
export type { Held, Plain, Shaped, Table } from "./tree/shape.ts";
