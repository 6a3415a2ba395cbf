export { type Check, printCheck } from './check.ts';
export { masakariRules } from './masakari-rules.ts';
export { type ParsedCheck, parseCheck } from './parse-check.ts';
export { type Compiled, type Credentials, compilePolicy, type Policy, type Target } from './policy.ts';
export { type PolicyProblem, parsePolicyFile, type RuleText } from './policy-file.ts';
