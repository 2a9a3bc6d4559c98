/** Static files below dist/playground, under any address: links in them are relative. */
import { fileURLToPath } from "node:url";

export default {
	root: fileURLToPath(new URL(".", import.meta.url)),
	base: "./",
	worker: { format: "es" },
	build: { outDir: "../dist/playground", emptyOutDir: true, target: "es2023", chunkSizeWarningLimit: 2000 },
};
