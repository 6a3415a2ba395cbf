/**
 * The least that could answer the same calls: node:http, one prepared statement, no token, no contract, no metrics. What the
 * service needs beyond it is ours; what this needs is Node's and PostgreSQL's.
 *
 *   node bare-server.ts CONNECTION_URL      prints its port
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FiledNotification } from '@instance-ha/ports';
import pg from 'pg';

const listed = `id, uuid, incident_key, type, status, host, instance_uuid, instance_name, fault_at, detected_at, accepted_at,
  updated_at, ended_at, payload, message, duplicates, filed_by`;
const columns = {
  host: 'host = $1',
  status: 'status = $1',
  instance: 'md5(instance_name) = md5($1) and instance_name = $1',
};

const pool = new pg.Pool({ connectionString: process.argv[2], max: 10 });

const server = createServer((request, response) => {
  const answered = request.method === 'GET' ? list(request) : file(request);
  answered.then(
    body => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));

async function list(request: IncomingMessage): Promise<unknown> {
  const query = new URL(request.url ?? '', 'http://bare').searchParams;
  for (const [name, condition] of Object.entries(columns)) {
    const value = query.get(name);
    if (value === null) continue;
    const text = `select ${listed} from notification where ${condition} order by id desc limit $2`;
    return (await pool.query({ name, text, values: [value, Number(query.get('limit')) + 1] })).rows;
  }
  const text = `select ${listed} from notification order by id desc limit $1`;
  return (await pool.query({ name: 'all', text, values: [Number(query.get('limit'))] })).rows;
}

/** The row alone: no recovery to claim, no change to tell. */
async function file(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const told = JSON.parse(Buffer.concat(pieces).toString()) as FiledNotification | Masakari;
  const filed = 'notification' in told ? fromMasakari(told) : told;
  const { incidentKey, host, faultAt, detectedAt, payload, evidence } = filed;
  const { instanceUuid, instanceName } = payload.type === 'COMPUTE_INSTANCE' ? payload : {};
  const text = `insert into notification (incident_key, type, host, instance_uuid, instance_name, fault_at, detected_at, payload,
      evidence, filed_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'bare')
    on conflict (incident_key) do update set duplicates = notification.duplicates + 1 returning *`;
  const values = [
    incidentKey,
    payload.type,
    host,
    instanceUuid,
    instanceName,
    faultAt,
    detectedAt,
    payload,
    evidence,
  ];
  return (await pool.query({ name: 'file', text, values })).rows[0];
}

type Masakari = {
  notification: { hostname: string; generated_time: string; payload: { instance_uuid: string } };
};

function fromMasakari({
  notification: { hostname, generated_time: at, payload },
}: Masakari): FiledNotification {
  const instanceUuid = payload.instance_uuid;
  return {
    incidentKey: `bare ${randomUUID()}`,
    host: hostname,
    faultAt: at,
    detectedAt: at,
    payload: {
      type: 'COMPUTE_INSTANCE',
      instanceUuid,
      instanceName: instanceUuid,
      fault: 'qemu-failed',
      handledBy: 'none',
      hadHeartbeat: false,
      boot: `unknown@${at}`,
      domainId: null,
      libvirtEvent: null,
    },
    evidence: null,
  };
}
