import { describe, expect, it } from 'vitest';
import { SseParser } from './sse-parser.ts';

const stream =
  ': hello\nretry: 2000\nevent: ready\ndata: {"id":4}\n\nid: 5\r\ndata: a\r\ndata: b\r\n\r\nid\ndata\rdata: x\r\ndata:y\n\n: beat\nid: 9\n\n\n';
const messages = [
  { type: 'comment' },
  { type: 'retry', ms: 2000 },
  { type: 'event', event: 'ready', data: '{"id":4}', id: undefined },
  { type: 'event', event: 'message', data: 'a\nb', id: '5' },
  { type: 'event', event: 'message', data: '\nx\ny', id: '' },
  { type: 'comment' },
  { type: 'position', id: '9' },
];

describe('a stream of server-sent events', () => {
  it('is understood whole, and with a byte order mark', () => {
    expect(new SseParser({ maxChars: 1000 }).push(stream)).toEqual(messages);
    expect(new SseParser({ maxChars: 1000 }).push(`\u{feff}${stream}`)).toEqual(messages);
  });

  it('is understood character by character', () => {
    const parser = new SseParser({ maxChars: 1000 });
    expect(stream.split('').flatMap(char => parser.push(char))).toEqual(messages);
  });

  it('says nothing of an event that was cut short', () => {
    expect(new SseParser({ maxChars: 1000 }).push('id: 1\ndata: x\n')).toEqual([]);
  });

  it('takes an event of exactly the longest size and refuses a longer one, in one line or in many', () => {
    const whole = `data:${'x'.repeat(95)}\n\n`;
    expect(new SseParser({ maxChars: 100 }).push(whole)).toHaveLength(1);
    expect(() => new SseParser({ maxChars: 99 }).push(whole)).toThrow(RangeError);
    expect(() => new SseParser({ maxChars: 99 }).push('x'.repeat(100))).toThrow(RangeError);
    const parser = new SseParser({ maxChars: 99 });
    expect(() => {
      for (let line = 0; line < 30; line += 1) parser.push('data: x\n');
    }).toThrow(RangeError);
  });
});
