import { Client } from 'undici';

export type Call = { method: 'GET' | 'POST'; path: string; body?: string };

export type Load = {
  origin: string;
  token: string;
  connections: number;
  seconds: number;
  okStatus: number[];
  next: () => Call;
};

/** Each connection makes one call after the other, for a while; every answer must be of `okStatus`. */
export async function load(options: Load): Promise<{ samples: number[]; rate: number }> {
  const { origin, token, okStatus, next } = options;
  const samples: number[] = [];
  const beginMs = performance.now();
  const endMs = beginMs + options.seconds * 1000;
  await Promise.all(
    Array.from({ length: options.connections }, async () => {
      const client = new Client(origin);
      while (performance.now() < endMs) {
        const { method, path, body } = next();
        const startMs = performance.now();
        const response = await client.request({
          method,
          path,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body }),
        });
        const text = await response.body.text();
        samples.push(performance.now() - startMs);
        if (!okStatus.includes(response.statusCode))
          throw new Error(`${method} ${path} answered ${response.statusCode}: ${text.slice(0, 300)}`);
      }
      await client.close();
    }),
  );
  return { samples, rate: samples.length / ((performance.now() - beginMs) / 1000) };
}
