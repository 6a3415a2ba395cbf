import { parseDocument } from 'yaml';
import { interfaceName, type Layer, settingKeys, settingNames } from './layer.ts';

const longestText = 1024 * 1024;

type Read = { ok: true; layer: Layer } | { ok: false; errors: string[] };
type Tree = Record<string, unknown>;

/** One cloud of `clouds.yaml`, with what `secure.yaml` says of it over that. Vendor profiles are not known here. */
export function cloudsYamlLayer(files: { text: string; secureText?: string }, cloud: string): Read {
  const plain = cloudOf('clouds.yaml', files.text, cloud, true);
  const secure = files.secureText === undefined ? {} : cloudOf('secure.yaml', files.secureText, cloud, false);
  const errors = [plain, secure].flatMap(read => (typeof read === 'string' ? [read] : []));
  if (typeof plain === 'string' || typeof secure === 'string') return { ok: false, errors };
  return layerOf({ ...plain, ...secure, auth: { ...treeOf(plain.auth), ...treeOf(secure.auth) } }, cloud);
}

function cloudOf(file: string, text: string, cloud: string, needed: boolean): Tree | string {
  if (text.length > longestText)
    return `${file}: expected at most ${longestText} characters, found ${text.length}`;
  let tree: unknown;
  try {
    const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' });
    const [fault] = document.errors;
    if (fault) throw fault;
    tree = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return `${file}: not YAML: ${(error as Error).message}`;
  }
  const clouds = treeOf(treeOf(tree).clouds);
  const found = clouds[cloud];
  if (isTree(found)) return found;
  if (!needed) return {};
  const known = Object.keys(clouds).slice(0, 20).join(', ') || 'none';
  return `${file}: no cloud "${cloud}" under "clouds" (found: ${known})`;
}

function layerOf(tree: Tree, cloud: string): Read {
  const name = `cloud "${cloud}" of clouds.yaml`;
  const errors: string[] = [];
  const values: Layer['values'] = {};
  for (const key of settingKeys) {
    const { yaml } = settingNames[key];
    const value = key === 'insecure' ? undefined : at(tree, yaml);
    if (value === undefined || value === null) continue;
    if (typeof value === 'string') values[key] = value;
    else if (typeof value === 'number') values[key] = String(value);
    else
      errors.push(`${name}: ${yaml}: expected text, found ${Array.isArray(value) ? 'a list' : typeof value}`);
  }
  const older = tree.endpoint_type;
  if (values.interface === undefined && typeof older === 'string') values.interface = older;
  if (values.interface !== undefined) values.interface = interfaceName(values.interface);
  if (typeof tree.verify === 'boolean') values.insecure = String(!tree.verify);
  if (tree.profile !== undefined)
    errors.push(`${name}: profile: vendor profiles are not known here; write their keys out`);
  return errors.length > 0 ? { ok: false, errors } : { ok: true, layer: { name, values } };
}

const at = (tree: Tree, path: string): unknown =>
  path.split('.').reduce<unknown>((node, key) => treeOf(node)[key], tree);

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const treeOf = (value: unknown): Tree => (isTree(value) ? value : {});
