/** Small policies of many styles, each with the answer that a person would give. */
import { access } from "./access.ts";
import { admission } from "./admission.ts";
import { first } from "./first.ts";
import type { Row } from "./row.ts";
import { styles } from "./styles.ts";
import { values } from "./values.ts";

export const people: readonly Row[] = [...first, ...admission, ...access, ...values, ...styles];
