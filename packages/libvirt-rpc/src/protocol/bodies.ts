/**
 * Wire structures that many procedures share.
 *
 * Sources: libvirt `src/remote/remote_protocol.x` (remote_nonnull_domain, remote_typed_param, the
 * REMOTE_*_MAX limits), `src/rpc/virnetprotocol.x` (virNetMessageError), and
 * `include/libvirt/libvirt-common.h` (virTypedParameterType).
 */

import { uuid } from '../uuid.ts';
import { type Codec, i32, list, optional, string, struct } from '../wire/codec.ts';
import { XdrError } from '../wire/xdr.ts';

/** REMOTE_STRING_MAX. */
export const maxStringBytes = 4_194_304;
/** REMOTE_DOMAIN_LIST_MAX. */
export const maxDomains = 16_384;
/** REMOTE_CONNECT_GET_ALL_DOMAIN_STATS_MAX: parameters of one domain. */
const maxStatsParameters = 262_144;
/** REMOTE_AUTH_TYPE_LIST_MAX. */
export const maxAuthTypes = 20;

export const text = string(maxStringBytes);

/**
 * One domain as libvirt names it. The UUID is the key: a name can be given to another domain later, and the
 * id is −1 while the domain is off.
 */
export type DomainRef = { name: string; uuid: string; id: number };

/** `remote_nonnull_domain`. */
export const domain: Codec<DomainRef> = struct<DomainRef>({ name: text, uuid, id: i32 });

/** `remote_error`, the body of a reply whose status is ERROR. */
export type ErrorBody = {
  code: number;
  domain: number;
  message: string | undefined;
  level: number;
  dom: DomainRef | undefined;
  str1: string | undefined;
  str2: string | undefined;
  str3: string | undefined;
  int1: number;
  int2: number;
  net: { name: string; uuid: string } | undefined;
};

export const errorBody: Codec<ErrorBody> = struct<ErrorBody>({
  code: i32,
  domain: i32,
  message: optional(text),
  level: i32,
  dom: optional(domain),
  str1: optional(text),
  str2: optional(text),
  str3: optional(text),
  int1: i32,
  int2: i32,
  net: optional(struct<{ name: string; uuid: string }>({ name: text, uuid })),
});

/** `virTypedParameterType`, without its prefix `VIR_TYPED_PARAM_`. */
export const TypedParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
  STRING: 7,
} as const;

/** A typed parameter with its wire type kept, so that it can be written again as it was. */
export type TypedParameter =
  | { field: string; type: typeof TypedParameterType.INT | typeof TypedParameterType.UINT; value: number }
  | { field: string; type: typeof TypedParameterType.LLONG | typeof TypedParameterType.ULLONG; value: bigint }
  | { field: string; type: typeof TypedParameterType.DOUBLE; value: number }
  | { field: string; type: typeof TypedParameterType.BOOLEAN; value: boolean }
  | { field: string; type: typeof TypedParameterType.STRING; value: string };

/** `remote_typed_param`: name, type tag, value of that type. */
export const typedParameter: Codec<TypedParameter> = {
  write: (to, parameter) => {
    to.string(parameter.field, maxStringBytes);
    to.i32(parameter.type);
    switch (parameter.type) {
      case TypedParameterType.INT:
        return to.i32(parameter.value);
      case TypedParameterType.UINT:
        return to.u32(parameter.value);
      case TypedParameterType.LLONG:
        return to.i64(parameter.value);
      case TypedParameterType.ULLONG:
        return to.u64(parameter.value);
      case TypedParameterType.DOUBLE:
        return to.double(parameter.value);
      case TypedParameterType.BOOLEAN:
        return to.i32(parameter.value ? 1 : 0);
      case TypedParameterType.STRING:
        return to.string(parameter.value, maxStringBytes);
    }
  },
  read: from => {
    const field = from.string(maxStringBytes);
    const type = from.i32();
    switch (type) {
      case TypedParameterType.INT:
        return { field, type, value: from.i32() };
      case TypedParameterType.UINT:
        return { field, type, value: from.u32() };
      case TypedParameterType.LLONG:
        return { field, type, value: from.i64() };
      case TypedParameterType.ULLONG:
        return { field, type, value: from.u64() };
      case TypedParameterType.DOUBLE:
        return { field, type, value: from.double() };
      case TypedParameterType.BOOLEAN:
        return { field, type, value: from.i32() !== 0 };
      case TypedParameterType.STRING:
        return { field, type, value: from.string(maxStringBytes) };
      default:
        throw new XdrError(`expected a typed parameter type from 1 to 7 for "${field}", found ${type}`);
    }
  },
};

/** `remote_domain_stats_record`. */
export type StatsRecord = { domain: DomainRef; parameters: readonly TypedParameter[] };

export const statsRecord: Codec<StatsRecord> = struct<StatsRecord>({
  domain,
  parameters: list(typedParameter, maxStatsParameters),
});
