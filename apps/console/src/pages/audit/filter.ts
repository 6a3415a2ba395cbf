/** Which lines of the audit the page shows, as its address says. */
export type AuditFilter = {
  action?: string;
  outcome?: 'success' | 'failure';
  initiator?: string;
  targetType?: string;
  cursor?: string;
};

const longest = { action: 64, initiator: 255, targetType: 64 } as const;

export function auditFilterOf(search: Partial<Record<string, string>>): AuditFilter {
  const { outcome, cursor } = search;
  const texts = Object.entries(longest).flatMap(([name, most]) => {
    const text = search[name]?.trim() ?? '';
    return text !== '' && text.length <= most && !/\p{Cc}/u.test(text) ? [[name, text]] : [];
  });
  return {
    ...(Object.fromEntries(texts) as Pick<AuditFilter, keyof typeof longest>),
    ...(outcome === 'success' || outcome === 'failure' ? { outcome } : {}),
    ...(cursor !== undefined && /^[0-9]{1,15}$/.test(cursor) ? { cursor } : {}),
  };
}
