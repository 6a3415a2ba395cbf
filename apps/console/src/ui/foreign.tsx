/** Text that somebody else wrote: shown as text, cut by nobody, and without say over its surroundings. */
export const Foreign = ({ children }: { children: string | null }) => (
  <span className="foreign">{children ?? '–'}</span>
);
