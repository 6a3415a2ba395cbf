/** The name of a host on one line; a very long one is cut, and whole on hover. */
export const HostName = ({ children }: { children: string }) => (
  <span className="foreign host" title={children}>
    {children}
  </span>
);
