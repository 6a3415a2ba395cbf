import { describe, expect, it } from 'vitest';
import { policy } from '../testing/story.ts';
import { holdOf, instantOf, isMarked, whyUnmarked, withoutPrivateMetadata } from './protection.ts';

describe('the mark of an instance', () => {
  it.each([
    [{ HA_Enabled: 'True' }, true],
    [{ HA_Enabled: ' yes ' }, true],
    [{ HA_Enabled: '1' }, true],
    [{ HA_Enabled: 'False' }, false],
    [{ HA_Enabled: '' }, false],
    [{ HA_Enabled: 'enabled, please' }, false],
    [{}, false],
    [{ 'sw:wrs:auto_recovery': 'true' }, true],
    [{ evacuable: 'true' }, true],
    [{ HA_Enabled: 'no', evacuable: 'true' }, false],
    [{ 'sw:wrs:auto_recovery': 'false', evacuable: 'true' }, false],
  ])('%j: %s', (metadata, expected) => {
    expect(isMarked(metadata, 'HA_Enabled')).toBe(expected);
  });

  it('that is missing or not true is told with its key', () => {
    expect(whyUnmarked({}, 'protect')).toBe('its metadata does not say protect');
    expect(whyUnmarked({ protect: 'ja' }, 'protect')).toBe(
      'its metadata says protect = "ja", which is not true',
    );
    expect(whyUnmarked({ evacuable: 'x'.repeat(255) }, 'protect')).toBe(
      `its metadata says evacuable = "${'x'.repeat(64)}…", which is not true`,
    );
  });
});

describe('the hold of an owner', () => {
  const noon = Date.parse('2026-11-26T12:00:00Z');

  it.each([
    ['2026-11-26T14:30Z', 9_000_000],
    ['2026-11-26T14:30:00Z', 9_000_000],
    ['2026-11-26t14:30:00.5z', 9_000_500],
    ['2026-11-26T15:30:00+01:00', 9_000_000],
    ['2026-11-26T15:30:00+0100', 9_000_000],
    ['2026-11-26T15:30+01', 9_000_000],
    [' 2026-11-26T12:00:00.001Z ', 1],
  ])('%s lies ahead', (text, leftMs) => {
    expect(holdOf({ HA_Hold_Until: text }, noon)).toEqual({ hold: 'until', text: text.trim(), leftMs });
  });

  it.each(['2026-11-26T12:00:00Z', '2026-11-26T12:30:00+01:00', '1999-01-01T00:00Z'])('%s is over', text => {
    expect(holdOf({ HA_Hold_Until: text }, noon)).toEqual({
      hold: 'over',
      remark: `its owner's hold ended at ${text}`,
    });
  });

  it.each(['2026-11-27', '2026-11-27T14:30', 'tomorrow', 'true', '2026-13-01T00:00Z', '1795700000'])(
    '%s is no instant with a zone: it holds nothing, and that is told',
    text => {
      expect(holdOf({ HA_Hold_Until: text }, noon)).toEqual({
        hold: 'unreadable',
        remark: `HA_Hold_Until = "${text}" held nothing: expected an instant with its zone, e.g. 2026-11-26T14:30:00Z`,
      });
    },
  );

  it('that is absent or empty is none', () => {
    expect(holdOf({}, noon)).toEqual({ hold: 'none' });
    expect(holdOf({ HA_Hold_Until: ' ' }, noon)).toEqual({ hold: 'none' });
  });
});

it('the instant of a fact is reckoned from the acceptance, and unknown without it', () => {
  expect(instantOf({ acceptedAt: '2026-11-26T12:00:00.000Z' }, 1500)).toBe(
    Date.parse('2026-11-26T12:00:01.500Z'),
  );
  expect(instantOf({}, 1500)).toBeNull();
});

it('a journal keeps of the metadata what is read, and nothing else of its owner’s', () => {
  const metadata = { HA_Enabled: 'yes', HA_Hold_Until: 'x', evacuable: 'no', password: 'hunter2' };
  const seen = {
    seen: 'instance',
    state: 'running',
    life: null,
    byOperator: false,
    detail: 'running',
    metadata,
  } as const;
  expect(withoutPrivateMetadata(policy, seen)).toEqual({
    ...seen,
    metadata: { HA_Enabled: 'yes', HA_Hold_Until: 'x', evacuable: 'no' },
  });
});
