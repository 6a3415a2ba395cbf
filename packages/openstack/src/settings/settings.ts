import { Secret } from '@instance-ha/config';
import { cloudsYamlLayer } from './clouds-yaml.ts';
import { environmentLayer } from './environment.ts';
import { type Layer, type SettingKey, settingNames } from './layer.ts';

export type DomainRef = { id: string } | { name: string };
export type EndpointInterface = 'public' | 'internal' | 'admin';

export type KeystoneAuth =
  | {
      method: 'password';
      user: { id: string } | { name: string; domain: DomainRef };
      password: Secret;
      scope: { project: { id: string } | { name: string; domain: DomainRef } } | { system: 'all' };
    }
  | {
      method: 'application-credential';
      credential:
        | { id: string }
        | { name: string; user: { id: string } | { name: string; domain: DomainRef } };
      secret: Secret;
    };

/** Where a cloud is and how to prove oneself to it. */
export type OpenStackSettings = {
  /** Keystone's, with `/v3` at the end. */
  authUrl: string;
  auth: KeystoneAuth;
  /** Undefined: the catalogue must then hold one region only. */
  region: string | undefined;
  interface: EndpointInterface;
  /** Nova's, instead of the catalogue's. */
  computeEndpoint: string | undefined;
  /** Masakari's, instead of the catalogue's. */
  masakariEndpoint: string | undefined;
  /** A file of PEM certificates to trust instead of the system's. */
  caFile: string | undefined;
  /** Any certificate is trusted. */
  insecure: boolean;
};

/** The same, as somebody writes it down; what is absent may come from `clouds.yaml` or `OS_*`. */
export type OpenStackOptions = Partial<
  Record<Exclude<SettingKey, 'password' | 'applicationCredentialSecret'>, string>
> & {
  password?: string | Secret;
  applicationCredentialSecret?: string | Secret;
};

export type SettingsSources = {
  options?: OpenStackOptions;
  /** `clouds.yaml` as text (and `secure.yaml` over it), and which cloud of it; else `OS_CLOUD` names the cloud. */
  cloudsYaml?: { text: string; secureText?: string; cloud?: string };
  /** The environment's variables: `OS_AUTH_URL`, `OS_USERNAME`, … Pass `process.env`; it is read nowhere here. */
  environment?: Readonly<Record<string, string | undefined>>;
};

export type ResolvedSettings = { ok: true; settings: OpenStackSettings } | { ok: false; errors: string[] };

/**
 * One set of settings out of options, the named cloud of `clouds.yaml`, and `OS_*`: for each key the first that has it. All
 * errors at once, each naming the key in all three places. A secret is in no message.
 */
export function resolveSettings(sources: SettingsSources): ResolvedSettings {
  const { options = {}, cloudsYaml, environment = {} } = sources;
  const errors: string[] = [];
  const layers: Layer[] = [optionsLayer(options)];
  const cloud = cloudsYaml?.cloud ?? environment.OS_CLOUD;
  if (cloudsYaml && cloud !== undefined) {
    const read = cloudsYamlLayer(cloudsYaml, cloud);
    if (read.ok) layers.push(read.layer);
    else errors.push(...read.errors);
  } else if (cloudsYaml) {
    errors.push('clouds.yaml is given and no cloud of it is named: give "cloud", or OS_CLOUD');
  }
  layers.push(environmentLayer(environment));

  const wanted = new Wanted(layers, errors);
  const settings = build(wanted, layers);
  return errors.length > 0 || !settings ? { ok: false, errors } : { ok: true, settings };
}

const optionsLayer = (options: OpenStackOptions): Layer => {
  const values: Layer['values'] = {};
  for (const [key, value] of Object.entries(options))
    if (value !== undefined) values[key as SettingKey] = value instanceof Secret ? value.reveal() : value;
  return { name: 'the options', values };
};

/** Looks keys up in the layers, and notes what is missing or wrong. */
class Wanted {
  readonly #layers: readonly Layer[];
  readonly #errors: string[];

  constructor(layers: readonly Layer[], errors: string[]) {
    this.#layers = layers;
    this.#errors = errors;
  }

  get(key: SettingKey): string | undefined {
    return this.#layers.find(({ values }) => values[key] !== undefined)?.values[key];
  }

  need(key: SettingKey, why = ''): string {
    const value = this.get(key);
    if (value === undefined || value === '') this.fault(`${placesOf(key)} is missing${why}`);
    return value ?? '';
  }

  oneOf<Value extends string>(key: SettingKey, known: readonly Value[], fallback: Value): Value {
    const value = this.get(key);
    if (value === undefined) return fallback;
    const found = known.find(one => one === value);
    if (!found) this.fault(`${placesOf(key)}: expected ${known.join(', ')}, found "${value}"`);
    return found ?? fallback;
  }

  fault(error: string): void {
    this.#errors.push(error);
  }
}

const placesOf = (key: SettingKey): string => {
  const { yaml, environment } = settingNames[key];
  return `"${key}" (${yaml} in clouds.yaml, ${environment})`;
};

function build(wanted: Wanted, layers: readonly Layer[]): OpenStackSettings | undefined {
  const authUrl = urlOf(wanted, 'authUrl', wanted.need('authUrl'));
  const auth = authOf(wanted, layers);
  return {
    authUrl: withVersion(wanted, authUrl),
    auth,
    region: wanted.get('region'),
    interface: wanted.oneOf('interface', ['public', 'internal', 'admin'], 'public'),
    computeEndpoint: endpointOf(wanted, 'computeEndpoint'),
    masakariEndpoint: endpointOf(wanted, 'masakariEndpoint'),
    caFile: wanted.get('caFile'),
    insecure: wanted.oneOf('insecure', ['true', 'false'], 'false') === 'true',
  };
}

function endpointOf(wanted: Wanted, key: 'computeEndpoint' | 'masakariEndpoint'): string | undefined {
  const url = wanted.get(key);
  return url === undefined ? undefined : urlOf(wanted, key, url);
}

function urlOf(wanted: Wanted, key: SettingKey, text: string): string {
  if (text === '') return '';
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    wanted.fault(`${placesOf(key)}: expected a URL of http or https, found "${text}"`);
    return '';
  }
  if (url.username !== '' || url.password !== '')
    wanted.fault(`${placesOf(key)}: expected a URL without user and password in it`);
  return text.replace(/\/+$/, '');
}

/** Keystone's address is often told without its version. */
function withVersion(wanted: Wanted, url: string): string {
  if (/\/v2(\.\d)?$/.test(url))
    wanted.fault(`${placesOf('authUrl')}: expected Keystone's API v3, found "${url}"`);
  return url === '' || url.endsWith('/v3') ? url : `${url}/v3`;
}

function authOf(wanted: Wanted, layers: readonly Layer[]): KeystoneAuth {
  return methodOf(wanted, layers) === 'application-credential'
    ? {
        method: 'application-credential',
        credential: credentialOf(wanted),
        secret: new Secret(wanted.need('applicationCredentialSecret')),
      }
    : {
        method: 'password',
        user: userOf(wanted),
        password: new Secret(wanted.need('password', ', and so is an application credential')),
        scope: scopeOf(wanted),
      };
}

/** As `authType` says; else by the first source that has a secret at all. */
function methodOf(wanted: Wanted, layers: readonly Layer[]): KeystoneAuth['method'] {
  const type = wanted.get('authType')?.replace(/^v3/, '').replaceAll('_', '').replaceAll('-', '');
  if (type === 'applicationcredential') return 'application-credential';
  if (type === 'password') return 'password';
  if (type !== undefined)
    wanted.fault(
      `${placesOf('authType')}: expected password or v3applicationcredential, found "${wanted.get('authType')}"`,
    );
  for (const { name, values } of layers) {
    const both = values.applicationCredentialSecret !== undefined && values.password !== undefined;
    if (both)
      wanted.fault(
        `${name}: both a password and an application credential; say which by ${placesOf('authType')}`,
      );
    if (values.applicationCredentialSecret !== undefined) return 'application-credential';
    if (values.password !== undefined) return 'password';
  }
  return 'password';
}

function credentialOf(
  wanted: Wanted,
): Extract<KeystoneAuth, { method: 'application-credential' }>['credential'] {
  const id = wanted.get('applicationCredentialId');
  if (id !== undefined) return { id };
  const name = wanted.get('applicationCredentialName');
  if (name === undefined) {
    wanted.need('applicationCredentialId', ', and so is its name');
    return { id: '' };
  }
  return { name, user: userOf(wanted) };
}

function userOf(wanted: Wanted): { id: string } | { name: string; domain: DomainRef } {
  const id = wanted.get('userId');
  if (id !== undefined) return { id };
  return { name: wanted.need('username'), domain: domainOf(wanted, 'userDomainId', 'userDomainName') };
}

function scopeOf(wanted: Wanted): Extract<KeystoneAuth, { method: 'password' }>['scope'] {
  if (wanted.get('systemScope') !== undefined) {
    wanted.oneOf('systemScope', ['all'], 'all');
    return { system: 'all' };
  }
  const id = wanted.get('projectId');
  if (id !== undefined) return { project: { id } };
  return {
    project: {
      name: wanted.need('projectName'),
      domain: domainOf(wanted, 'projectDomainId', 'projectDomainName'),
    },
  };
}

function domainOf(wanted: Wanted, idKey: SettingKey, nameKey: SettingKey): DomainRef {
  const id = wanted.get(idKey);
  return id === undefined ? { name: wanted.need(nameKey) } : { id };
}
