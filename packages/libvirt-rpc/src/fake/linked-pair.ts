import { type Duplex, duplexPair } from 'node:stream';

/** Two ends of one in-memory connection. As with a socket, one end destroyed is the end of file at the other. */
export function linkedPair(): [Duplex, Duplex] {
  const [one, other] = duplexPair();
  endWith(one, other);
  endWith(other, one);
  return [one, other];
}

function endWith(gone: Duplex, left: Duplex): void {
  gone.on('close', () => {
    if (!gone.writableFinished && !left.destroyed) left.push(null);
  });
}
