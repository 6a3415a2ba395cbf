export type { Alias, OptionKey, Service } from './catalogue/option.ts';
export { services } from './catalogue/option.ts';
export { Secret } from './catalogue/secret.ts';
export type { ValueKind } from './catalogue/value-types.ts';
export { type ConfigChange, diffConfig } from './diff-config.ts';
export { describeOptions, type OptionDescription, optionTexts } from './guide/describe-options.ts';
export { optionsReference } from './guide/options-reference.ts';
export { sampleFile } from './guide/sample-file.ts';
export type {
  IniAssignment,
  IniDocument,
  IniLine,
  IniLineKind,
  IniProblem,
  IniProblemCode,
  IniSection,
  Span,
  ValuePiece,
} from './ini/document.ts';
export { iniLimits, printIni } from './ini/document.ts';
export { type EditResult, getKey, setKey, unsetKey } from './ini/edit-ini.ts';
export { parseIni } from './ini/parse-ini.ts';
export type { Config } from './layout.ts';
export type { ConfigLayer } from './load/layer.ts';
export type { Loaded, LoadOptions, LoadResult, Provenance, Refused } from './load/load-config.ts';
export { loadConfig } from './load/load-config.ts';
export type { ConfigProblem, Place, ProblemCode, TextLayerKind } from './load/problem.ts';
export { formatPlace, formatProblem } from './load/problem.ts';
export { namesNobody } from './load/rules.ts';
export { escapeReferences } from './load/substitute.ts';
export { nearestName } from './nearest-name.ts';
export { checkPushed, loadPushed, type TextProblem } from './pushed/check-pushed.ts';
export { type LineDiff, lineDiff } from './pushed/line-diff.ts';
export { maskSecrets } from './pushed/mask-secrets.ts';
export { type ChangePreview, previewChange, pushedServices } from './pushed/preview-change.ts';
export type { PushedLayer } from './pushed/pushed-layer.ts';
