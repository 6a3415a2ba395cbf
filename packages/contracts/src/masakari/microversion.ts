/** `X.Y` of the `/v1` API. */
export type Microversion = { major: number; minor: number };

/** Masakari's own are 1.0 to 1.3; from 1.4 types are spelt COMPUTE_INSTANCE and COMPUTE_PROCESS. */
export const microversions = { min: { major: 1, minor: 0 }, max: { major: 1, minor: 4 } } as const;

/** What a header asked for: a version, or the status and message to refuse it with. */
export type MicroversionChoice =
  | { ok: true; version: Microversion }
  | { ok: false; status: 400 | 406; message: string };

/**
 * Reads `OpenStack-API-Version`. Without it, or when it speaks of another service, 1.0 is meant; `latest` is 1.3 as
 * in Masakari, because a client that asks for the latest was written for Masakari's spelling. 1.4 must be asked for.
 */
export function chooseMicroversion(header: string | undefined): MicroversionChoice {
  for (const part of (header ?? '').split(',')) {
    const [service, wanted, ...rest] = part.trim().split(/\s+/);
    if (service?.toLowerCase() !== 'instance-ha' || wanted === undefined || rest.length > 0) continue;
    if (wanted.toLowerCase() === 'latest') return { ok: true, version: { major: 1, minor: 3 } };
    const match = /^([1-9]\d{0,3})\.(0|[1-9]\d{0,3})$/.exec(wanted);
    if (!match) {
      const message = `API Version String ${printable(wanted)} is of invalid format. Must be of format MajorNum.MinorNum.`;
      return { ok: false, status: 400, message };
    }
    const version = { major: Number(match[1]), minor: Number(match[2]) };
    if (version.major === 1 && version.minor <= microversions.max.minor) return { ok: true, version };
    return {
      ok: false,
      status: 406,
      message: `Version ${wanted} is not supported by the API. Minimum is 1.0 and maximum is ${showMicroversion(microversions.max)}.`,
    };
  }
  return { ok: true, version: microversions.min };
}

export const showMicroversion = (version: Microversion): string => `${version.major}.${version.minor}`;

const printable = (value: string): string => value.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 64);
