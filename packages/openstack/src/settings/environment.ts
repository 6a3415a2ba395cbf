import { interfaceName, type Layer, settingKeys, settingNames } from './layer.ts';

/** `OS_*` as the OpenStack command line has them. An empty variable is an absent one. */
export function environmentLayer(environment: Readonly<Record<string, string | undefined>>): Layer {
  const values: Layer['values'] = {};
  for (const key of settingKeys) {
    const value = environment[settingNames[key].environment];
    if (value !== undefined && value !== '') values[key] = value;
  }
  const older = environment.OS_ENDPOINT_TYPE;
  if (values.interface === undefined && older) values.interface = older;
  if (values.interface !== undefined) values.interface = interfaceName(values.interface);
  if (values.insecure !== undefined) values.insecure = booleanWord(values.insecure);
  return { name: 'the environment', values };
}

const booleanWord = (text: string): string => {
  const word = text.toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return 'true';
  return ['0', 'false', 'no', 'off'].includes(word) ? 'false' : text;
};
